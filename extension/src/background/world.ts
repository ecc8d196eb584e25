// What the offscreen document and the pages can't read themselves: they have no storage.

import type { PageStart, World } from "../parts/messages";
import { isOff } from "../parts/offsites";
import type { Settings } from "../parts/settings";
import { clientId, settingsStore } from "../parts/store";
import { tell } from "./offscreen";

export async function world(): Promise<World> {
  return worldWith(await settingsStore.read());
}

export async function tellSettings(settings: Settings): Promise<void> {
  await tell({ to: "offscreen", type: "world", world: await worldWith(settings) });
}

/** `address`: of the page that begins. */
export async function pageStart(address: string): Promise<PageStart> {
  const settings = await settingsStore.read();
  const { offSites, pauseWhileSpeaking, overlays, emoji } = settings;
  return {
    practice: practiceOf(settings),
    settings: { pauseWhileSpeaking, overlays, emoji },
    off: isOff(address, offSites),
  };
}

/** Address of the server's practice page. */
export function practiceOf({ server }: Settings): string {
  return `${server}/practice`;
}

async function worldWith(settings: Settings): Promise<World> {
  return { settings, clientId: await clientId() };
}
