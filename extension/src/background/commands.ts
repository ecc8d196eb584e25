// The browser's own keys.

import { tabsStore } from "../parts/store";
import { subjectOf, type TabId } from "../parts/tabs";
import { tell } from "./offscreen";
import { openPanel } from "./panel";
import { engage } from "./tabs";

export function onCommand(command: string, tab: chrome.tabs.Tab | undefined): void {
  if (tab?.id === undefined) return;
  if (command === "open_panel") openPanel(tab.windowId);
  if (command === "toggle_microphone") void toggle(tab.id, tab.windowId);
}

/** Where there is no video, the popup says what is missing, unless it is open anyway. */
async function toggle(tabId: TabId, windowId: number): Promise<void> {
  await engage(tabId);
  const about = subjectOf(await tabsStore.read(), tabId);
  if (about === null) await chrome.action.openPopup?.({ windowId }).catch(() => undefined);
  else await tell({ to: "offscreen", type: "toggle", about });
}
