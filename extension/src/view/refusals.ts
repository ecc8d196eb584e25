// What people read where something is refused, for each reason that docs/wire.md names. Some of the server's own
// sentences know more than these, such as which status a note has: those are shown instead.

import type { Saying } from "./words";

interface Entry extends Saying {
  /** The server's sentence is shown where it has one. */
  readonly server?: true;
}

const again = (words: string): Entry => ({ words, action: "try_again" });
const fixed = (words: string): Entry => ({ words, action: null });
const server = (words: string, action: Entry["action"] = null): Entry => ({ words, action, server: true });

const REPORT = "Something went wrong on the server. Try again; if it stays, look at the server's log.";
const OLD = "This page and the server do not fit together. Reload the page, or update both.";

export const REFUSALS: Readonly<Record<string, Entry>> = {
  "unmatched topic": again("The connection is being set up again. Try once more in a moment."),
  unknown_topic: fixed(OLD),
  unknown_event: fixed(OLD),
  invalid: server("The server could not read this. Change it and try again."),
  token_expired: { words: "Your sign-in has ended. Enter a new token.", action: "get_token" },
  bad_token: { words: "This token is not yours or not good. Enter a new one.", action: "get_token" },
  draining: fixed("The server is being restarted. It is asked again by itself."),
  rate_limited: again("That was too much at once. Wait a moment, then try again."),
  too_many_topics: fixed("Too many videos are open. Close some pages with Sidenote."),
  busy: fixed("Many people speak just now. Speak on: it is kept, and sent when there is room."),
  timeout: again("The server did not answer in time. Look whether it was done before you try again."),
  offline: again("There is no connection, so nothing was changed. Try again when it is back."),
  forbidden: fixed("This belongs to somebody else. Use a video or session of your own."),
  not_found: fixed("It is no longer there. Reload the page to see what is."),
  no_video: server("No video is known here. Open a page with a video, then try again."),
  second_microphone: fixed("Another page records in this session. Stop it there first."),
  audio_skipped: fixed("Some sound is missing at the server. It is being sent again."),
  audio_backlog: fixed("The server can't keep up. Speak on: the rest is sent a little later."),
  audio_invalid: fixed("The sound could not be used. Press the key again and repeat the sentence."),
  stt_is_local: fixed("The server hears for itself. Turn off transcription in the browser."),
  not_now: server("That is not possible now. Wait until the note has changed, then try again."),
  session_ended: again("The session has stopped. It is being joined again."),
  practice_busy: again("The practice page takes no more comments for now. Try again in a minute."),
  practice_full: fixed("The practice page is full. Post on another video."),
  posting_unavailable: server("The note is kept, but this server can't post. Set up posting on the server."),
  revision_conflict: {
    words: "The note was changed elsewhere. Look at it, then save again.",
    action: "look_at_note",
  },
  invalid_value: server("This value is not allowed. Change it and try again."),
  hub_unavailable: again("The server's parts can't reach each other. Try again in a moment."),
  database_locked: again("The server's database is in use. Try again in a moment."),
  database_unavailable: again("The server's database does not answer. Try again in a moment."),
  database_read_only: server("The server can't write to its database. Whoever runs it has to act."),
  database_damaged: server("The server's database is damaged. Whoever runs it has to act."),
  disk_full: server("The server's disk is full. Make room there, then try again."),
  schema_mismatch: server("The server's database is of another version. Whoever runs it has to act."),
  storage_error: server("The server could not store this. Whoever runs it should look at its log."),
  stale_fence: fixed("Another server process took the session over. It is being joined again."),
  audio_out_of_order: fixed("Another server process took the session over. It is being joined again."),
  internal: again(REPORT),
  no_time: server("No time was understood. Say it as minutes and seconds."),
  transcribing_failed: server("What you said could not be written down. Say it again."),
  structuring_failed: server("No note could be made of it. Say it again, or type it."),
  executing_tool_failed: server("It could not be done. Try it with the button."),
  confirming_failed: server("The note could not be finished. Keep or post it with its buttons."),
  cancelling_failed: server("It could not be taken back. Scratch the note with its button."),
  retrying_failed: server("It failed again. Say it again."),
  keep_failed: server("The note could not be kept. Keep it with its button."),
  audio_not_stored: server("What you say can't be kept just now. Stop, and say it again later."),
  capture: server("The microphone stopped. Check it, then use it again.", "reset_microphone"),
  invalid_transition: fixed("Something went wrong in the session. Go on; if a note is missing, say it again."),
  error: server(REPORT, "try_again"),
};

/** What to say of a refusal; one that is not known here is told in the server's words. */
export function refusalWords({
  reason,
  message,
}: {
  readonly reason: string;
  readonly message?: string | null;
}): Saying {
  const entry = REFUSALS[reason];
  const sentence = message?.trim() ?? "";
  if (!entry) return { words: sentence || REPORT, action: null };
  return { words: entry.server && sentence ? sentence : entry.words, action: entry.action };
}
