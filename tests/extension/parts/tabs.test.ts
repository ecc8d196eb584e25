// extension/src/parts/tabs.ts: nothing of one tab is shown for another, and nothing of an unused one is told.

import { describe, expect, it } from "vitest";
import {
  isEngaged,
  leftBehind,
  NO_TABS,
  ofTab,
  step,
  subjectOf,
  type TabEvent,
  type Tabs,
  withoutCues,
} from "../../../extension/src/parts/tabs";
import type { VideoDetected } from "../../../extension/src/wire/messages";

const CUTS: VideoDetected = {
  platform: "youtube",
  external_id: "dQw4w9WgXcQ",
  url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
};
const TREE: VideoDetected = { platform: "vimeo", external_id: "76979871", url: "https://vimeo.com/76979871" };

function saw(tabId: number, video: VideoDetected, documentId = "page"): TabEvent {
  return { type: "video_seen", tabId, windowId: 1, documentId, video };
}

function then(tabs: Tabs, ...events: readonly TabEvent[]): Tabs {
  let made = 0;
  return events.reduce((now, event) => step(now, event, () => `review-${++made}`), tabs);
}

const seen = (...events: readonly TabEvent[]): Tabs => then(NO_TABS, ...events);

describe("the table of tabs", () => {
  it("gives each video of a tab a review of its own", () => {
    const tabs = seen(saw(1, CUTS), saw(2, CUTS), saw(1, TREE));
    expect(ofTab(tabs, 1)).toEqual({ sessionId: "review-3", video: TREE, windowId: 1, engaged: false });
    expect(ofTab(tabs, 2)).toEqual({ sessionId: "review-2", video: CUTS, windowId: 1, engaged: false });
  });

  it("goes on with the review while more becomes known of its video", () => {
    const tabs = seen(saw(1, CUTS), saw(1, { ...CUTS, title: "Cuts", duration: 213 }));
    expect(ofTab(tabs, 1)).toMatchObject({ sessionId: "review-1", video: { title: "Cuts", duration: 213 } });
  });

  it.each<TabEvent>([
    { type: "video_gone", tabId: 1, documentId: "page" },
    { type: "tab_closed", tabId: 1 },
  ])("shows a video no more at $type, and no other tab's", (event) => {
    const tabs = seen(saw(1, CUTS), saw(2, TREE), event);
    expect([ofTab(tabs, 1), subjectOf(tabs, 1), ofTab(tabs, 2)?.video]).toEqual([null, null, TREE]);
  });

  it("goes on with the review of a video that comes back, as when its page is loaded again", () => {
    const gone = { type: "video_gone", tabId: 1, documentId: "page" } as const;
    const tabs = seen(saw(1, CUTS), gone, saw(1, CUTS, "page again"));
    expect(ofTab(tabs, 1)?.sessionId).toBe("review-1");
  });

  it("takes no farewell from a document whose place another one has", () => {
    const tabs = seen(saw(1, CUTS, "old"), saw(1, TREE, "new"), { type: "video_gone", tabId: 1, documentId: "old" });
    expect(ofTab(tabs, 1)?.video).toEqual(TREE);
  });

  it("says what somebody talks about, and in which window, also when the tab was moved", () => {
    const tabs = seen(saw(1, CUTS), { type: "tab_moved", tabId: 1, windowId: 7 });
    expect(subjectOf(tabs, 1)).toEqual({ sessionId: "review-1", video: CUTS, tabId: 1, windowId: 7 });
  });

  it("stays the same table where nothing changes, so that nobody has to write it", () => {
    const tabs = seen(saw(1, CUTS), { type: "engaged", tabId: 1, windowId: 1 });
    const nothing: readonly TabEvent[] = [
      { type: "tab_closed", tabId: 9 },
      { type: "tab_moved", tabId: 9, windowId: 2 },
      { type: "video_gone", tabId: 9, documentId: "page" },
      { type: "engaged", tabId: 1, windowId: 1 },
    ];
    for (const event of nothing) expect(step(tabs, event, () => "none")).toBe(tabs);
    expect(ofTab(tabs, null)).toBeNull();
  });

  it("survives being kept as JSON", () => {
    const tabs = seen(saw(1, CUTS));
    expect(ofTab(JSON.parse(JSON.stringify(tabs)), 1)).toEqual(ofTab(tabs, 1));
  });

  it("can do without the captions, and without nothing else", () => {
    const cues = [{ text: "Cut here", start: 1, end: 2 }];
    const engaged = { type: "engaged", tabId: 2, windowId: 1 } as const;
    expect(withoutCues(seen(saw(1, { ...CUTS, cues }), engaged))).toEqual(seen(saw(1, CUTS), engaged));
  });
});

describe("whether a person uses Sidenote on a tab", () => {
  const engaged: TabEvent = { type: "engaged", tabId: 1, windowId: 1 };

  it("is no until somebody does, and never follows from a video", () => {
    const tabs = seen(saw(1, CUTS), saw(2, TREE), engaged);
    expect([isEngaged(tabs, 1), isEngaged(tabs, 2), isEngaged(tabs, 3)]).toEqual([true, false, false]);
    expect(ofTab(tabs, 1)?.engaged).toBe(true);
  });

  it("may come first, and stays through whatever the tab shows until it closes", () => {
    const gone = { type: "video_gone", tabId: 1, documentId: "page" } as const;
    const tabs = seen(engaged, saw(1, CUTS), gone, saw(1, TREE, "other"));
    expect(ofTab(tabs, 1)).toMatchObject({ video: TREE, engaged: true });
    expect(isEngaged(then(tabs, { type: "tab_closed", tabId: 1 }), 1)).toBe(false);
  });

  it("ends a review when its tab closes or shows another video, and not when it is only loaded again", () => {
    const earlier = seen(saw(1, CUTS), engaged);
    const left = (event: TabEvent) =>
      leftBehind(
        earlier,
        step(earlier, event, () => "another"),
        1,
      );
    expect(left({ type: "tab_closed", tabId: 1 })).toBe("review-1");
    expect(left({ type: "video_gone", tabId: 1, documentId: "page" })).toBeNull();
    expect(left(saw(1, TREE))).toBe("review-1");
    expect(left(saw(1, { ...CUTS, title: "Cuts" }))).toBeNull();
    const unused = seen(saw(1, CUTS));
    expect(leftBehind(unused, NO_TABS, 1)).toBeNull();
  });
});
