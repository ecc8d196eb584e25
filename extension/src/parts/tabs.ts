// Which tab shows which video, the review that belongs to it, and whether a person uses Sidenote there: until then the
// server is told nothing of it. Pure: the service worker keeps the table where it survives its death, and every part of
// the extension reads it there, so nothing of one tab is shown for another.

import type { VideoDetected } from "../wire/messages";
import type { Subject } from "./subject";

/** Id of a tab, as the browser counts them. */
export type TabId = number;

export interface Tab {
  readonly windowId: number;
  /** A person uses Sidenote here, whatever the tab shows, until it closes. */
  readonly engaged: boolean;
  /** Document that shows a video now; null: none does. */
  readonly documentId: string | null;
  /** The video it shows or showed last: when that comes back, its review goes on. */
  readonly last: { readonly sessionId: string; readonly video: VideoDetected } | null;
}

export interface TabVideo {
  /** Of the review: a new one for each video of a tab. */
  readonly sessionId: string;
  readonly video: VideoDetected;
  readonly windowId: number;
  readonly engaged: boolean;
}

/** By tab; the key is a string because it is kept as JSON. */
export type Tabs = Readonly<Record<string, Tab>>;

export type TabEvent = { readonly tabId: TabId } & (
  | {
      readonly type: "video_seen";
      readonly windowId: number;
      readonly documentId: string;
      readonly video: VideoDetected;
    }
  /** An older document's farewell may come after the next one's video. */
  | { readonly type: "video_gone"; readonly documentId: string }
  | { readonly type: "engaged"; readonly windowId: number }
  | { readonly type: "tab_moved"; readonly windowId: number }
  | { readonly type: "tab_closed" }
);

export const NO_TABS: Tabs = {};

/** The same table where nothing changes. `newId`: makes the id of a review, at random. */
export function step(tabs: Tabs, event: TabEvent, newId: () => string): Tabs {
  const key = String(event.tabId);
  const known = tabs[key];
  switch (event.type) {
    case "video_seen": {
      const { windowId, documentId, video } = event;
      const goesOn = known?.last != null && isSame(known.last.video, video);
      const sessionId = goesOn ? known.last.sessionId : newId();
      return { ...tabs, [key]: { windowId, engaged: known?.engaged ?? false, documentId, last: { sessionId, video } } };
    }
    case "engaged": {
      if (known?.engaged) return tabs;
      const blank = { windowId: event.windowId, documentId: null, last: null };
      return { ...tabs, [key]: { ...blank, ...known, engaged: true } };
    }
    case "video_gone":
      if (known?.documentId !== event.documentId) return tabs;
      return { ...tabs, [key]: { ...known, documentId: null } };
    case "tab_moved":
      return known === undefined ? tabs : { ...tabs, [key]: { ...known, windowId: event.windowId } };
    case "tab_closed": {
      if (known === undefined) return tabs;
      const { [key]: _closed, ...rest } = tabs;
      return rest;
    }
  }
}

export function ofTab(tabs: Tabs, tabId: TabId | null): TabVideo | null {
  const tab = tabs[String(tabId)];
  if (tab === undefined || tab.documentId === null || tab.last === null) return null;
  const { windowId, engaged, last } = tab;
  return { ...last, windowId, engaged };
}

export function subjectOf(tabs: Tabs, tabId: TabId): Subject | null {
  const shown = ofTab(tabs, tabId);
  return shown && { sessionId: shown.sessionId, video: shown.video, tabId, windowId: shown.windowId };
}

export function isEngaged(tabs: Tabs, tabId: TabId): boolean {
  return tabs[String(tabId)]?.engaged ?? false;
}

/** The review that a person was in on this tab and that its tab has no more. */
export function leftBehind(earlier: Tabs, now: Tabs, tabId: TabId): string | null {
  const left = isEngaged(earlier, tabId) ? earlier[String(tabId)]?.last?.sessionId : undefined;
  return left === undefined || left === now[String(tabId)]?.last?.sessionId ? null : left;
}

/** What is kept where there is no room for more: captions are much, and the server needs them once. */
export function withoutCues(tabs: Tabs): Tabs {
  return Object.fromEntries(Object.entries(tabs).map(([key, tab]) => [key, { ...tab, last: cueless(tab.last) }]));
}

function cueless(last: Tab["last"]): Tab["last"] {
  if (last === null) return null;
  const { cues: _cues, ...video } = last.video;
  return { ...last, video };
}

/** Whether they are one video, whatever else is known of it by now. */
function isSame(one: VideoDetected, other: VideoDetected): boolean {
  return one.platform === other.platform && one.external_id === other.external_id;
}
