// Follows the tabs: which video each shows, on which of them a person uses Sidenote, and which one hands-free listens to.

import type { FromPage } from "../content/messages";
import type { Attend, Engaged, PageStanding } from "../parts/messages";
import { changeTabs, settingsStore, type TabsChange, tabsStore } from "../parts/store";
import type { Subject } from "../parts/subject";
import { isEngaged, leftBehind, subjectOf, type TabId } from "../parts/tabs";
import { inTurn } from "../parts/turns";
import { isOfPage } from "./claims";
import { ensure, tell } from "./offscreen";
import { carry, isFollowing } from "./recording";
import { practiceOf } from "./world";

const NOT_HERE: Engaged = {
  ok: false,
  message:
    "Sidenote can't see this page. Load it again, or click Sidenote's icon in the toolbar; to use it everywhere, allow every site in the options.",
};

type PageMessage = Exclude<FromPage, { readonly type: "clock" }>;

/** The page that said something. */
export interface Place {
  readonly tab: chrome.tabs.Tab & { readonly id: number };
  readonly documentId: string;
  /** As the browser has it. */
  readonly address: string;
}

const UNKNOWN: PageStanding = { subject: null, engaged: false };

export async function pageSaid(message: PageMessage, { tab, documentId, address }: Place): Promise<PageStanding> {
  const practice = practiceOf(await settingsStore.read());
  if (message.type !== "video_gone" && !isOfPage(message.video, address, practice)) return UNKNOWN;
  const { id: tabId, windowId, active } = tab;
  const change = await changeTabs(
    message.type === "video_gone"
      ? { type: "video_gone", tabId, documentId }
      : { type: "video_seen", tabId, windowId, documentId, video: message.video },
  );
  const { earlier, now } = change;
  const standing = { subject: subjectOf(now, tabId), engaged: isEngaged(now, tabId) };
  if (standing.engaged && standing.subject !== null) await ensure();
  if (active && subjectOf(earlier, tabId)?.sessionId !== standing.subject?.sessionId) await follow(windowId);
  await sayFarewell(change, tabId);
  return standing;
}

/** A person uses Sidenote on this tab. Its page opens its port when it has a video, now or later. */
export async function engage(tabId: TabId | null): Promise<Engaged> {
  if (tabId === null) return ensure().then(() => ({ ok: true }));
  const tab = await chrome.tabs.get(tabId).catch(() => null);
  if (tab === null) return { ok: false, message: "That tab is closed." };
  if (tab.url?.startsWith(chrome.runtime.getURL(""))) return { ok: true }; // options, set-up: there is nothing to see
  const subject = await use(tabId, tab.windowId);
  if (await attend(tabId, { type: "attend", subject })) return { ok: true };
  const target = { tabId };
  return chrome.scripting.executeScript({ target, files: ["content.js"] }).then(
    () => ({ ok: true }),
    async () => ((await attend(tabId, { type: "attend", subject: null })) ? { ok: true } : NOT_HERE), // it came meanwhile
  );
}

/** Of a tab where a person uses Sidenote. */
export async function subjectInUse(tabId: TabId): Promise<Subject | null> {
  const tabs = await tabsStore.read();
  return isEngaged(tabs, tabId) ? subjectOf(tabs, tabId) : null;
}

async function use(tabId: TabId, windowId: number): Promise<Subject | null> {
  const { now } = await changeTabs({ type: "engaged", tabId, windowId });
  await ensure();
  return subjectOf(now, tabId);
}

export async function tabClosed(tabId: TabId): Promise<void> {
  await sayFarewell(await changeTabs({ type: "tab_closed", tabId }), tabId);
}

const following = inTurn();

/** Before its neighbour becomes the active one: nobody went there. */
export async function tabDetached(tabId: TabId): Promise<void> {
  await following(() => carry(tabId, null));
}

export async function tabAttached(tabId: TabId, windowId: number): Promise<void> {
  await changeTabs({ type: "tab_moved", tabId, windowId });
  const isCarried = await following(() => carry(tabId, windowId));
  if (!isCarried) return;
  await tell({ to: "offscreen", type: "carried", tabId, windowId });
  await follow(windowId);
}

/** While hands-free listens in a window, what is said belongs to its active tab. */
export function follow(windowId: number): Promise<void> {
  return following(async () => {
    if (!(await isFollowing(windowId))) return;
    const [tab] = await chrome.tabs.query({ active: true, windowId });
    if (tab?.id === undefined) return;
    const subject = await use(tab.id, windowId);
    if (subject !== null) await attend(tab.id, { type: "attend", subject });
    await tell({ to: "offscreen", type: "moved", windowId, subject });
  });
}

/** After hands-free has gone on to the next video: a person who speaks meanwhile is heard. */
async function sayFarewell({ earlier, now }: TabsChange, tabId: TabId): Promise<void> {
  const left = leftBehind(earlier, now, tabId);
  if (left !== null) await tell({ to: "offscreen", type: "left", sessionId: left });
}

/** Whether the page is there to hear it. */
function attend(tabId: TabId, message: Attend): Promise<boolean> {
  return chrome.tabs.sendMessage(tabId, message).then(
    () => true,
    () => false,
  );
}
