// The one way from a view to the next, shared by every page that shows one. Pure: no clock, no socket, no chance. What it
// does not know it leaves alone.

import type { SessionEvent, SessionSnapshot } from "../wire/messages";
import type { Action, HubEvent, ShownVideo, Snapshot } from "./action";
import { forgetNote, takeFirstPage, takeNotes, takePage } from "./notes";
import { noticeOf, refused, withNotice, withoutNotice } from "./notices";
import { postBegan, postEnded, postWentOn } from "./posting";
import { takeRuns, takeStep, timelineOf } from "./timeline";
import { type Heard, newSession, newVideo, type VideoView, type View } from "./view";

export function reduce(view: View, action: Action): View {
  switch (action.kind) {
    case "connection_changed":
      return { ...view, connection: action.connection };
    case "session_changed":
      if (action.sessionId === view.session.id) return view;
      return { ...view, session: newSession(action.sessionId), heard: null, timeline: [] };
    case "video_changed":
      return videoChanged(view, action.video);
    case "snapshot":
      return withSnapshot(joined(view, action.topic), action.topic, action.snapshot);
    case "caught_up":
      return joined(view, action.topic);
    case "event":
      return withEvent(view, action.topic, action);
    case "topic_refused":
      return topicRefused(view, action.topic, refused(topicNotice(action.topic), action.refusal), action.forGood);
    case "notes_paged":
      if (action.videoId !== view.video.id) return view;
      return { ...view, video: takePage(view.video, action.notes, action.last) };
    case "note_answered":
      return withVideo(view, takeNotes(view.video, [action.note]));
    case "command_refused": {
      const id = `command:${action.noteId ?? "session"}`;
      return { ...view, notices: withNotice(view.notices, refused(id, action.refusal, action.noteId)) };
    }
    case "filter_changed":
      return { ...view, filter: { ...view.filter, ...action.filter } };
    case "notice_dismissed":
      return withNotices(view, withoutNotice(view.notices, action.id));
  }
}

function videoChanged(view: View, video: ShownVideo | null): View {
  const state = video === null ? "none" : video.supported ? "loading" : "unsupported";
  const id = video?.supported ? video.id : null;
  const title = video?.title ?? "";
  if (id !== null && id === view.video.id) return withVideo(view, { ...view.video, title });
  const notices = view.notices.filter((notice) => notice.noteId === null && !notice.id.startsWith("topic:video:"));
  return { ...view, video: newVideo(id, title, state), notices };
}

function withSnapshot(view: View, topic: string, snapshot: Snapshot): View {
  if (topic === `video:${view.video.id}` && "next" in snapshot) {
    return withVideo(view, takeFirstPage(view.video, snapshot.notes, snapshot.next === null));
  }
  if (topic === `session:${view.session.id}` && "runs" in snapshot) return sessionSnapshot(view, snapshot);
  return withVideo(view, takeNotes(view.video, snapshot.notes));
}

function sessionSnapshot(view: View, snapshot: SessionSnapshot): View {
  const { microphone, mode, state, runs } = snapshot;
  return {
    ...view,
    session: { id: view.session.id, microphone, mode, state, runs },
    heard: null,
    timeline: timelineOf(runs),
    video: takeNotes(view.video, snapshot.notes),
  };
}

function withEvent(view: View, topic: string, event: HubEvent): View {
  const seen = withVideo(view, noted(view.video, kindOf(topic), event));
  return topic === `session:${view.session.id}` ? heardIn(seen, event as SessionEvent) : seen;
}

/** What an event, of whatever topic, says of notes and of their posts. */
function noted(video: VideoView, kind: string, { event, payload }: HubEvent): VideoView {
  switch (event) {
    case "note_created":
    case "note_updated":
      return takeNotes(video, [payload.note]);
    case "note_cancelled":
      return payload.deleted ? forgetNote(video, payload.note) : takeNotes(video, [payload.note]);
    case "tool_start":
      return payload.tool === "comment" ? postBegan(video, kind, payload) : video;
    case "tool_progress":
      return postWentOn(video, kind, payload);
    case "tool_result":
      return payload.tool === "comment" ? postEnded(video, kind, payload) : video;
    default:
      return video;
  }
}

/** What an event of the own session says of microphone, sentences and answers. */
function heardIn(view: View, event: SessionEvent): View {
  const timeline = takeStep(view.timeline, event);
  const notices = withNotice(view.notices, noticeOf(event));
  const heard = heardAfter(view.heard, event);
  const next = { ...view, timeline, notices, heard };
  if (event.event === "speech_started") {
    return { ...next, notices: notices.filter(({ tone }) => tone !== "info") };
  }
  if (event.event !== "state_changed") return next;
  const { microphone, mode, state, runs, utterance, run } = event.payload;
  const ended = utterance !== null && run !== null ? { utterance, state: run } : null;
  return {
    ...next,
    session: { id: view.session.id, microphone, mode, state, runs },
    timeline: takeRuns(timeline, runs, ended),
  };
}

/** The text that is being heard: until its final is there, or until what was said was dropped. */
function heardAfter(heard: Heard | null, { event, payload }: SessionEvent): Heard | null {
  switch (event) {
    case "speech_started":
      return { utterance: payload.utterance, text: "", firm: 0, over: false };
    case "asr_partial":
      if (heard && payload.utterance < heard.utterance) return heard;
      return {
        utterance: payload.utterance,
        text: payload.text,
        firm: payload.firm,
        over: heard?.utterance === payload.utterance && heard.over,
      };
    case "speech_ended":
      return heard?.utterance === payload.utterance ? { ...heard, over: true } : heard;
    case "asr_final":
    case "agent_error":
      return payload.utterance === null || (heard && payload.utterance >= heard.utterance) ? null : heard;
    case "state_changed": {
      if (!heard) return heard;
      const isDropped = payload.microphone === "idle" && !heard.over;
      const isDone = heard.utterance === payload.utterance && (payload.run === "done" || payload.run === "failed");
      return isDropped || isDone || payload.microphone === "error" ? null : heard;
    }
    default:
      return heard;
  }
}

function joined(view: View, topic: string): View {
  const notices = withoutNotice(view.notices, topicNotice(topic));
  const isShown = topic === `video:${view.video.id}` && view.video.state !== "ready";
  return isShown ? { ...view, notices, video: { ...view.video, state: "ready" } } : withNotices(view, notices);
}

function topicRefused(view: View, topic: string, notice: View["notices"][number], forGood: boolean): View {
  if (kindOf(topic) === "video" && topic !== `video:${view.video.id}` && topic !== "video:new") return view;
  const notices = withNotice(view.notices, notice);
  const isShown = forGood && topic === `video:${view.video.id}`;
  return { ...view, notices, video: isShown ? { ...view.video, state: "refused" } : view.video };
}

function withVideo(view: View, video: VideoView): View {
  return video === view.video ? view : { ...view, video };
}

function withNotices(view: View, notices: View["notices"]): View {
  return notices === view.notices ? view : { ...view, notices };
}

function topicNotice(topic: string): string {
  return `topic:${topic}`;
}

function kindOf(topic: string): string {
  return topic.slice(0, topic.indexOf(":"));
}
