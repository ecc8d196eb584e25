// What people read of a connection, a state and a step: short sentences that say what to do. Tables and pure
// functions; refusals have a file of their own.

import { stepWords } from "../ui/note";
import { formatTime } from "../ui/time";
import type { IntentName, MicState, RunState, Step, ToolResult, ToolStart } from "../wire/messages";
import type { ActionKind, Connection, OfflineReason, RefusedReason, VideoState } from "./view";

export interface Saying {
  readonly words: string;
  readonly action: ActionKind | null;
}

/** What stands on the button of an action. */
export const ACTION_WORDS: Readonly<Record<ActionKind, string>> = {
  try_again: "Try again",
  open_options: "Open options",
  get_token: "Enter a token",
  reset_microphone: "Use the microphone again",
  look_at_note: "Show the note",
  close_other_pages: "Try again",
};

export const OFFLINE_WORDS: Readonly<Record<OfflineReason, Saying>> = {
  lost: { words: "The connection was lost. It comes back by itself; what you say is kept.", action: "try_again" },
  unreachable: {
    words: "The server can't be reached. Start it with “sidenote serve”, or check its address in the options.",
    action: "open_options",
  },
  not_ready: { words: "The server is there but can't work now. It is asked again by itself.", action: "try_again" },
};

export const REFUSED_WORDS: Readonly<Record<RefusedReason, Saying>> = {
  bad_address: {
    words: "The server's address can't be used. Write it as http://HOST:PORT in the options.",
    action: "open_options",
  },
  token_missing: {
    words: "You are not signed in. Run “sidenote token” and enter what it prints.",
    action: "get_token",
  },
  token_expired: {
    words: "Your sign-in has ended. Run “sidenote token” and enter the new token.",
    action: "get_token",
  },
  token_refused: {
    words: "The server does not know this token. Run “sidenote token” where it runs, and enter what it prints.",
    action: "get_token",
  },
  origin_not_allowed: {
    words:
      "The server turns this page away. Add its origin to SIDENOTE_ALLOWED_ORIGINS there; if it is listed, enter a new token.",
    action: "open_options",
  },
  too_many_connections: {
    words: "Too many pages are connected for you. Close some, then try again.",
    action: "close_other_pages",
  },
};

export function connectionWords(connection: Connection): Saying {
  switch (connection.state) {
    case "connecting":
      return { words: "Connecting to the server…", action: null };
    case "online":
      return { words: "Connected", action: null };
    case "offline":
      return OFFLINE_WORDS[connection.why];
    case "refused":
      return REFUSED_WORDS[connection.why];
  }
}

export const STATE_WORDS: Readonly<Record<MicState | RunState, string>> = {
  idle: "Ready. Hold the key and speak.",
  listening: "Listening…",
  paused: "Paused. Nothing is heard.",
  transcribing: "Writing down what you said…",
  structuring: "Making a note of it…",
  confirming: "Keep it, post it, or say “scratch that”.",
  executing_tool: "Doing it…",
  cancelling: "Taking it back…",
  retrying: "That failed. Trying again…",
  done: "Ready. Hold the key and speak.",
  failed: "That failed. Say it again.",
  error: "The microphone stopped. Check it, then use it again.",
};

export const VIDEO_WORDS: Readonly<Record<VideoState, string>> = {
  none: "No video here. Open a page with a video to take notes.",
  unsupported: "Notes can't be taken on this page. Open a video on another site.",
  loading: "Loading the notes of this video…",
  ready: "No notes yet. Hold the key and say what you see.",
  refused: "The notes of this video can't be shown. Reload the page.",
};

export function stepSentence(step: Step): string {
  const words = stepWords(step);
  return `${words.charAt(0).toUpperCase()}${words.slice(1)}…`;
}

export const INTENT_WORDS: Readonly<Record<IntentName | "post", string>> = {
  create_note: "It is a note",
  edit_last: "Change the last note",
  cancel: "Scratch the last note",
  confirm: "Keep the last note",
  post: "Post the last note",
  seek: "Go to another place",
  playback: "Play or pause",
  set_time: "Set the time of the last note",
  question: "A question about your notes",
};

export const TOOL_WORDS: Readonly<Record<ToolStart["tool"], string>> = {
  edit: "Changing the note…",
  scratch: "Scratching the note…",
  keep: "Keeping the note…",
  post: "Handing the note on to be posted…",
  seek: "Moving the video…",
  playback: "Asking the player…",
  set_time: "Setting the note's time…",
  list: "Looking through your notes…",
  comment: "Posting the comment…",
};

const DONE_WORDS: Readonly<Record<"edit" | "scratch" | "keep" | "post" | "set_time" | "comment", string>> = {
  edit: "The note is changed",
  scratch: "The note is scratched",
  keep: "The note is kept",
  post: "The note is on its way",
  set_time: "The note's time is set",
  comment: "Posted ✅",
};

export function doneWords(result: ToolResult): string {
  if (!result.ok) return result.message ?? "It was not done. Try again.";
  switch (result.tool) {
    case "none":
      return result.reason;
    case "list":
      return result.answer;
    case "seek":
      return seekWords(result.to_s, result.by_s);
    case "playback":
      return result.action === "play" ? "The video plays" : "The video is paused";
    default:
      return DONE_WORDS[result.tool] ?? "Done";
  }
}

function seekWords(toS: number | undefined, byS: number | undefined): string {
  if (toS !== undefined) return `The video went to ${formatTime(toS)}`;
  const seconds = Math.abs(byS ?? 0);
  return `The video went ${(byS ?? 0) < 0 ? "back" : "ahead"} ${seconds} s`;
}
