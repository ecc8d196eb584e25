// Sentences that want to be seen, each with what can be done about it. One with the same id takes the earlier one's place;
// only the newest few are kept.

import type { Refusal, SessionEvent, ToolResult } from "../wire/messages";
import { refusalWords } from "./refusals";
import type { Notice } from "./view";

const KEPT = 5;

export function withNotice(notices: readonly Notice[], notice: Notice | null): readonly Notice[] {
  return notice ? [...withoutNotice(notices, notice.id), notice].slice(-KEPT) : notices;
}

export function withoutNotice(notices: readonly Notice[], ...ids: readonly string[]): readonly Notice[] {
  const left = notices.filter(({ id }) => !ids.includes(id));
  return left.length === notices.length ? notices : left;
}

/** What an event of the session has to say, or null. */
export function noticeOf({ event, payload }: SessionEvent): Notice | null {
  switch (event) {
    case "agent_error":
      return { ...refused(`error:${payload.utterance ?? payload.reason}`, payload), tone: "error" };
    case "intent":
      return payload.notice ? info(`said:${payload.utterance}`, payload.notice) : null;
    case "tool_result":
      return resultNotice(payload);
    default:
      return null;
  }
}

/** What the refusal of a topic, a command or a tool says. */
export function refused(id: string, refusal: Refusal, noteId: string | null = null): Notice {
  return { id, tone: "warning", noteId, ...refusalWords(refusal) };
}

function info(id: string, words: string): Notice {
  return { id, tone: "info", words, action: null, noteId: null };
}

function resultNotice(result: ToolResult): Notice | null {
  if (result.tool === "comment") return null; // told beside its note
  const id = `said:${result.utterance}`;
  if (!result.ok) return refused(id, result);
  if (result.tool === "none") return info(id, result.reason);
  return result.tool === "list" ? info(id, result.answer) : null;
}
