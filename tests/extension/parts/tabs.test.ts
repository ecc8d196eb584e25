// extension/src/parts/tabs.ts: nothing of one tab is shown for another.

import { describe, expect, it } from "vitest";
import { NO_TABS, ofTab, step, type TabEvent, type Tabs } from "../../../extension/src/parts/tabs";
import type { VideoDetected } from "../../../extension/src/wire/messages";

const CUTS: VideoDetected = {
  platform: "youtube",
  external_id: "dQw4w9WgXcQ",
  url: "https://www.youtube.com/watch?v=dQw4w9WgXcQ",
};
const TREE: VideoDetected = { platform: "vimeo", external_id: "76979871", url: "https://vimeo.com/76979871" };

function seen(...events: readonly TabEvent[]): Tabs {
  let made = 0;
  return events.reduce((tabs, event) => step(tabs, event, () => `review-${++made}`), NO_TABS);
}

describe("the table of tabs", () => {
  it("gives each video of a tab a review of its own", () => {
    const tabs = seen(
      { type: "video_seen", tabId: 1, video: CUTS },
      { type: "video_seen", tabId: 2, video: CUTS },
      { type: "video_seen", tabId: 1, video: TREE },
    );
    expect(ofTab(tabs, 1)).toEqual({ sessionId: "review-3", video: TREE });
    expect(ofTab(tabs, 2)).toEqual({ sessionId: "review-2", video: CUTS });
  });

  it("goes on with the review while more becomes known of its video", () => {
    const tabs = seen(
      { type: "video_seen", tabId: 1, video: CUTS },
      { type: "video_seen", tabId: 1, video: { ...CUTS, title: "Cuts", duration: 213 } },
    );
    expect(ofTab(tabs, 1)).toEqual({ sessionId: "review-1", video: { ...CUTS, title: "Cuts", duration: 213 } });
  });

  it.each(["video_gone", "tab_closed"] as const)("forgets a video at %s, and no other tab's", (type) => {
    const tabs = seen(
      { type: "video_seen", tabId: 1, video: CUTS },
      { type: "video_seen", tabId: 2, video: TREE },
      { type, tabId: 1 },
    );
    expect([ofTab(tabs, 1), ofTab(tabs, 2)?.video]).toEqual([null, TREE]);
  });

  it("stays the same table where nothing changes, so that nobody has to write it", () => {
    const tabs = seen({ type: "video_seen", tabId: 1, video: CUTS });
    expect(step(tabs, { type: "tab_closed", tabId: 9 }, () => "none")).toBe(tabs);
    expect(ofTab(tabs, null)).toBeNull();
  });

  it("survives being kept as JSON", () => {
    const tabs = seen({ type: "video_seen", tabId: 1, video: CUTS });
    expect(ofTab(JSON.parse(JSON.stringify(tabs)), 1)).toEqual(ofTab(tabs, 1));
  });
});
