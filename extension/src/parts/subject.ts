// What a person speaks, reads or writes about: one video, in one review. Data alone.

import type { VideoDetected } from "../wire/messages";
import type { TabId } from "./tabs";

export interface Subject {
  /** Of the review, made at random: one for each video of a tab. */
  readonly sessionId: string;
  readonly video: VideoDetected;
  /** Where the video plays; null on the server's own page. */
  readonly tabId: TabId | null;
  /** Whose active tab hands-free recording follows; null where there are no tabs. */
  readonly windowId: number | null;
}
