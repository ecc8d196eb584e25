// What the browser keeps for the extension, and the one place that touches it: settings and this profile's id for good,
// the rest for as long as the browser runs. Content scripts and the offscreen document can't reach it.

import { type Settings, settingsOf } from "./settings";
import { NO_TABS, step, type TabEvent, type TabId, type Tabs, withoutCues } from "./tabs";
import { inTurn } from "./turns";

/**
 * Where hands-free listens, or which key is held; null: the microphone is off. No `windowId`: the tab is on its way to
 * another window. No `tabId`: there is none, or it shows no video.
 */
export type Recording = {
  readonly mode: "ptt" | "hands-free";
  readonly windowId: number | null;
  readonly tabId: TabId | null;
} | null;

export interface Kept<T> {
  readonly read: () => Promise<T>;
  /** Called at each change, whoever makes it; returns what ends it. */
  readonly watch: (listener: (value: T) => void) => () => void;
}

function kept<T>(areaName: "local" | "session", key: string, restored: (stored: unknown) => T) {
  return {
    read: async () => restored((await chrome.storage[areaName].get(key))[key]),
    write: (value: T) => chrome.storage[areaName].set({ [key]: value }),
    watch: (listener: (value: T) => void) => {
      const onChanged = (changes: Readonly<Record<string, chrome.storage.StorageChange>>) => {
        if (key in changes) listener(restored(changes[key]?.newValue));
      };
      const area = chrome.storage[areaName];
      area.onChanged.addListener(onChanged);
      return () => area.onChanged.removeListener(onChanged);
    },
  };
}

const settings = kept("local", "settings", settingsOf);
const client = kept("local", "client_id", (stored) => (typeof stored === "string" ? stored : null));
const tabs = kept("session", "tabs", (stored) => (stored ?? NO_TABS) as Tabs);
const recording = kept("session", "recording", (stored) => (stored ?? null) as Recording);

const tabsInTurn = inTurn();

export const settingsStore: Kept<Settings> & { readonly write: (patch: Partial<Settings>) => Promise<Settings> } = {
  read: settings.read,
  watch: settings.watch,
  // A lock of the browser: pages and service worker write side by side.
  write: (patch) =>
    navigator.locks.request("settings", async () => {
      const now = settingsOf({ ...(await settings.read()), ...patch });
      await settings.write(now);
      return now;
    }),
};

export const tabsStore: Kept<Tabs> = { read: tabs.read, watch: tabs.watch };

export interface TabsChange {
  readonly earlier: Tabs;
  readonly now: Tabs;
}

/** By the service worker alone, one at a time. */
export function changeTabs(event: TabEvent): Promise<TabsChange> {
  return tabsInTurn(async () => {
    const earlier = await tabs.read();
    const now = step(earlier, event, () => crypto.randomUUID());
    if (now !== earlier) await tabs.write(now).catch(() => tabs.write(withoutCues(now)));
    return { earlier, now };
  });
}

/** Written by the service worker alone. */
export const recordingStore: Kept<Recording> & { readonly write: (value: Recording) => Promise<void> } = recording;

const clientInTurn = inTurn();

/** Of this profile, made when it is first asked for: by the service worker, from which the others have it. */
export function clientId(): Promise<string> {
  return clientInTurn(async () => {
    const known = await client.read();
    if (known !== null) return known;
    const made = crypto.randomUUID();
    await client.write(made);
    return made;
  });
}

/** So that no content script, and no page that breaks out of its own, reads the token. Where the browser knows how. */
export async function keepFromPages(): Promise<void> {
  await chrome.storage.local.setAccessLevel?.({ accessLevel: "TRUSTED_CONTEXTS" }).catch(() => undefined);
}

/** As if the extension had just been installed. */
export async function forgetEverything(): Promise<void> {
  await chrome.storage.session.clear();
  await chrome.storage.local.clear();
}
