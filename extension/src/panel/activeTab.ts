// What the active tab of this window shows, from the table that the service worker keeps. That the panel is open beside
// a tab is use: each tab that becomes active is engaged, and why one can't be is said.

import { type Observable, variable } from "../hub/observable";
import type { Engaged } from "../parts/messages";
import { tabsStore } from "../parts/store";
import type { Subject } from "../parts/subject";
import { subjectOf, type TabId } from "../parts/tabs";
import { NO_REPLY } from "../talk/problems";

export interface ActiveTab {
  readonly windowId: number;
  readonly subject: Observable<Subject | null>;
  readonly obstacle: Observable<string | null>;
}

export async function activeTab(engage: (tabId: TabId) => Promise<Engaged>): Promise<ActiveTab> {
  const { id: windowId = chrome.windows.WINDOW_ID_CURRENT } = await chrome.windows.getCurrent();
  const own = (await chrome.tabs.getCurrent())?.id; // where this page is a tab itself, it is about the one before
  const subject = variable<Subject | null>(null);
  const obstacle = variable<string | null>(null);
  let tabId: TabId | null = null;

  async function look(): Promise<void> {
    const tabs = await tabsStore.read();
    const next = tabId === null ? null : subjectOf(tabs, tabId);
    if (JSON.stringify(next) === JSON.stringify(subject.now)) return;
    subject.set(next);
    if (next !== null) obstacle.set(null); // its page can be seen by now
  }

  async function turnTo(to: TabId): Promise<void> {
    if (to === own) return;
    tabId = to;
    await look();
    void enter(to);
  }

  /** A page that loads or hangs answers late or never: nothing waits for it. */
  async function enter(to: TabId): Promise<void> {
    const engaged = await engage(to).catch(() => undefined);
    if (tabId === to) obstacle.set(engaged?.ok ? null : (engaged?.message ?? NO_REPLY.message));
  }

  tabsStore.watch(() => void look());
  chrome.tabs.onActivated.addListener((active) => {
    if (active.windowId === windowId) void turnTo(active.tabId);
  });
  chrome.tabs.onUpdated.addListener((updated, { status }) => {
    if (updated === tabId && status === "complete") void turnTo(updated);
  });
  const tabs = await chrome.tabs.query({ windowId });
  const latest = tabs.filter(({ id }) => id !== own).sort((a, b) => (b.lastAccessed ?? 0) - (a.lastAccessed ?? 0));
  const first = tabs.find(({ id, active }) => active && id !== own) ?? latest[0];
  if (first?.id !== undefined) await turnTo(first.id);
  return { windowId, subject, obstacle };
}
