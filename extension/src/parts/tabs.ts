// Which tab shows which video, and the review that belongs to it. Pure: the service worker keeps the table where it
// survives its death, and every part of the extension reads it there, so nothing of one tab is shown for another.

import type { VideoDetected } from "../wire/messages";

/** Id of a tab, as the browser counts them. */
export type TabId = number;

export interface TabVideo {
  /** Of the review: a new one for each video of a tab. */
  readonly sessionId: string;
  readonly video: VideoDetected;
}

/** By tab; the key is a string because it is kept as JSON. */
export type Tabs = Readonly<Record<string, TabVideo>>;

export type TabEvent =
  | { readonly type: "video_seen"; readonly tabId: TabId; readonly video: VideoDetected }
  | { readonly type: "video_gone"; readonly tabId: TabId }
  | { readonly type: "tab_closed"; readonly tabId: TabId };

export const NO_TABS: Tabs = {};

/** The same table where nothing changes. `newId`: makes the id of a review, at random. */
export function step(tabs: Tabs, event: TabEvent, newId: () => string): Tabs {
  const key = String(event.tabId);
  const known = tabs[key];
  if (event.type === "video_seen") {
    const sessionId = known !== undefined && isSame(known.video, event.video) ? known.sessionId : newId();
    return { ...tabs, [key]: { sessionId, video: event.video } };
  }
  if (known === undefined) return tabs;
  const { [key]: _gone, ...rest } = tabs;
  return rest;
}

export function ofTab(tabs: Tabs, tabId: TabId | null): TabVideo | null {
  return tabId === null ? null : (tabs[String(tabId)] ?? null);
}

/** Whether they are one video, whatever else is known of it by now. */
function isSame(one: VideoDetected, other: VideoDetected): boolean {
  return one.platform === other.platform && one.external_id === other.external_id;
}
