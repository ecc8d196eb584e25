// extension/src/panel/activeTab.ts: what the active tab shows, while its page does not answer.

import { expect, it, vi } from "vitest";
import { activeTab } from "../../../extension/src/panel/activeTab";
import type { Engaged } from "../../../extension/src/parts/messages";
import { NO_TABS, step } from "../../../extension/src/parts/tabs";

const VIDEO = { platform: "vimeo", external_id: "1", url: "https://vimeo.com/1" } as const;
const TABS = step(
  NO_TABS,
  { type: "video_seen", tabId: 7, windowId: 1, documentId: "page", video: VIDEO },
  () => "review-1",
);

/** The browser: one window, whose only tab shows the video. */
function browser() {
  const event = { addListener: () => {} };
  vi.stubGlobal("chrome", {
    windows: { getCurrent: async () => ({ id: 1 }) },
    tabs: {
      getCurrent: async () => undefined,
      query: async () => [{ id: 7, active: true }],
      onActivated: event,
      onUpdated: event,
    },
    storage: { session: { get: async () => ({ tabs: TABS }), onChanged: event } },
  });
}

it("is drawn before its page has answered, and says then why it can't be used", async () => {
  browser();
  let answer = (_engaged: Engaged) => {};
  const { subject, obstacle } = await activeTab(() => new Promise((resolve) => (answer = resolve)));
  expect([subject.now?.sessionId, obstacle.now]).toEqual(["review-1", null]);
  answer({ ok: false, message: "Reload the page." });
  await vi.waitFor(() => expect(obstacle.now).toBe("Reload the page."));
});
