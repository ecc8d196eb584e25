// Follows the video that a page shows: tells the server of it, joins its topic, and reads all pages of its notes.

import { createBackoff, waitMs } from "@sidenote/offscreen/backoff";
import type { Action } from "../view/action";
import type { VideoDetected } from "../wire/messages";
import { FOR_GOOD, type Followed, follow, type Pushed } from "./followed";
import type { Hub } from "./socket";

const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 10_000;

export interface FollowedVideo {
  /** Pushes on the video's topic; null until the server has named it. */
  readonly topic: () => Followed<"video"> | null;
  readonly close: () => void;
}

/** `client` tells others who watch what this is, such as "side panel". */
export function followVideo(
  hub: Hub,
  detected: VideoDetected,
  dispatch: (action: Action) => void,
  client: string,
): FollowedVideo {
  let followed: Followed<"video"> | null = null;
  let isOver = false;
  const say = (action: Action) => {
    if (!isOver) dispatch(action);
  };

  const door = follow(hub, "video:new", (action) => {
    if (action.kind === "topic_refused") say(action);
  });

  const title = detected.title ?? "";

  async function name(): Promise<void> {
    const answer = await until(
      () => door.push("video_detected", detected),
      () => isOver,
    );
    door.close();
    if (isOver || !answer) return;
    if (!answer.ok) {
      say({ kind: "video_changed", video: { id: null, title, supported: false } });
      say({ kind: "command_refused", noteId: null, refusal: answer.refusal });
      return;
    }
    const { video_id, supported } = answer.response;
    say({ kind: "video_changed", video: { id: video_id, title, supported } });
    if (video_id !== null) followed = followNotes(hub, video_id, say, client, () => isOver);
  }

  say({ kind: "video_changed", video: { id: null, title, supported: true } }); // nothing of another video stays
  void name();
  return {
    topic: () => followed,
    close: () => {
      isOver = true;
      door.close();
      followed?.close();
    },
  };
}

function followNotes(
  hub: Hub,
  videoId: string,
  say: (action: Action) => void,
  client: string,
  isOver: () => boolean,
): Followed<"video"> {
  let reading = 0; // the newest snapshot, whose pages count

  async function readOn(after: string): Promise<void> {
    reading += 1;
    const mine = reading;
    const isStale = () => isOver() || mine !== reading;
    for (let next: string | null = after; next !== null; ) {
      const place: string = next;
      const answer = await until(() => topic.push("get_notes", { after: place }), isStale);
      if (isStale() || !answer) return;
      if (!answer.ok) return topic.refresh(); // the note that the page began after is gone
      next = answer.response.next;
      say({ kind: "notes_paged", videoId, notes: answer.response.notes, last: next === null });
    }
  }

  const topic: Followed<"video"> = follow(
    hub,
    `video:${videoId}`,
    (action) => {
      say(action);
      if (action.kind !== "snapshot") return;
      reading += 1; // pages of the snapshot before are void
      if ("next" in action.snapshot && action.snapshot.next !== null) void readOn(action.snapshot.next);
    },
    { client },
  );
  return topic;
}

/** The answer: asked again and again unless it is refused for good; null once `isOver`. */
async function until<T>(ask: () => Promise<Pushed<T>>, isOver: () => boolean): Promise<Pushed<T> | null> {
  const backoff = createBackoff({ baseMs: FIRST_WAIT_MS, capMs: LONGEST_WAIT_MS });
  for (let attempt = 0; !isOver(); attempt++) {
    const answer = await ask();
    if (answer.ok || FOR_GOOD.has(answer.refusal.reason)) return answer;
    await new Promise((resolve) => setTimeout(resolve, waitMs(backoff, attempt)));
  }
  return null;
}
