// How far the posts of notes have come. A worker's steps are told on three topics, which a page may follow side by side
// and recover apart: a step counts once, and one of an earlier attempt not at all.

import type { CommentNotPosted, CommentPosted, CommentStart, Step, ToolProgress } from "../wire/messages";
import type { Posting, VideoView } from "./view";

const STEPS: readonly Step[] = ["claimed", "opening", "signing_in", "looking", "writing", "submitting", "reading_back"];

export function postBegan(
  video: VideoView,
  kind: string,
  { note_id, job_id, arguments: given }: CommentStart,
): VideoView {
  const held = video.posting[note_id];
  const told = { ...(held?.jobId === job_id ? held.told : {}), [kind]: given.attempt };
  if (held?.jobId === job_id && given.attempt <= held.attempt) return put(video, note_id, { ...held, told });
  return put(video, note_id, {
    jobId: job_id,
    attempt: given.attempt,
    step: null,
    outcome: null,
    message: null,
    told,
  });
}

export function postWentOn(video: VideoView, kind: string, { note_id, job_id, step }: ToolProgress): VideoView {
  const held = current(video, kind, note_id, job_id);
  if (!held || held.outcome || !isLater(step, held.step)) return video;
  return put(video, note_id, { ...held, step });
}

export function postEnded(video: VideoView, kind: string, result: CommentPosted | CommentNotPosted): VideoView {
  const held = current(video, kind, result.note_id, result.job_id);
  if (!held) return video;
  const message = result.ok ? null : result.message;
  return put(video, result.note_id, { ...held, outcome: result.ok ? "posted" : "not_posted", message });
}

/** The posting that the message is about; undefined where it is about an earlier attempt. */
function current(video: VideoView, kind: string, noteId: string, jobId: string): Posting | undefined {
  const held = video.posting[noteId] ?? started(jobId);
  if (held.jobId !== jobId) return undefined;
  return (held.told[kind] ?? held.attempt) === held.attempt ? held : undefined;
}

/** A page that came in the middle has not heard of the start. */
function started(jobId: string): Posting {
  return { jobId, attempt: 0, step: null, outcome: null, message: null, told: {} };
}

function isLater(step: Step, held: Step | null): boolean {
  return held === null || STEPS.indexOf(step) > STEPS.indexOf(held);
}

function put(video: VideoView, noteId: string, posting: Posting): VideoView {
  return { ...video, posting: { ...video.posting, [noteId]: posting } };
}
