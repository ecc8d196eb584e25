// Everything that a person has to know now, in one list: the connection, the page, the microphone, and what the review
// has to say. Pure.

import type { MicrophoneFailure } from "@sidenote/offscreen";
import type { Subject } from "../parts/subject";
import type { TalkProblem, TalkState } from "../talk/talk";
import type { ActionKind, Notice, View } from "../view/view";
import { ACTION_WORDS, connectionWords } from "../view/words";

export type PanelAction = ActionKind | "allow_microphone" | "retry_microphone" | "wear_headphones";

export interface PanelNotice {
  readonly id: string;
  readonly tone: "info" | "warning" | "error";
  readonly words: string;
  readonly action: PanelAction | null;
  readonly noteId: string | null;
  /** It stays until somebody has seen it. */
  readonly dismissable: boolean;
}

export const WORDS: Readonly<Record<PanelAction, string>> = {
  ...ACTION_WORDS,
  allow_microphone: "Allow the microphone",
  retry_microphone: "Try again",
  wear_headphones: "I wear headphones",
};

const SHOWN = 3; // of what the review says: the newest

const ASKED_AGAIN: ReadonlySet<TalkProblem["id"]> = new Set(["second_microphone", "replaced", "not_allowed"]);

export type Seen = TalkProblem | MicrophoneFailure;

export interface Situation {
  readonly view: View;
  readonly talk: TalkState;
  readonly subject: Subject | null;
  readonly obstacle: string | null;
  /** What the person has seen of the microphone. */
  readonly seen: Seen | null;
}

export function noticesOf({ view, talk, subject, obstacle, seen }: Situation): readonly PanelNotice[] {
  const told = (id: string, tone: PanelNotice["tone"], words: string, action: PanelAction | null = null) => ({
    ...{ id, tone, words, action },
    noteId: null,
    dismissable: false,
  });
  const notices: PanelNotice[] = [];
  const { connection } = view;
  if (connection.state === "offline" || connection.state === "refused") {
    const { words, action } = connectionWords(connection);
    notices.push(told("connection", connection.state === "refused" ? "error" : "warning", words, action));
  }
  if (obstacle !== null) notices.push(told("page", "warning", obstacle));
  if (talk.failure !== null && talk.failure.message !== seen?.message) {
    const action = talk.failure.reason === "refused" ? "allow_microphone" : "retry_microphone";
    notices.push({ ...told("microphone", "error", talk.failure.message, action), dismissable: true });
  }
  if (talk.problem !== null && talk.problem.message !== seen?.message) {
    notices.push({
      ...told("problem", "warning", talk.problem.message, actionAgainst(talk.problem)),
      dismissable: true,
    });
  }
  if (talk.capture === "paused") {
    const why =
      subject === null ? "this tab shows no video. Go to a tab with one, or stop" : "press the button to stop";
    notices.push(told("paused", "info", `Hands-free is paused: ${why}.`));
  }
  const said = view.notices.slice(-SHOWN).map((notice) => ({
    ...notice,
    action: actionOf(notice, view),
    dismissable: true,
  }));
  return [...notices, ...said];
}

/** What was seen is told again when it happens again; that the video plays aloud is known by then. */
export function isOver(seen: Seen, { failure, problem }: TalkState): boolean {
  const isEcho = "id" in seen && seen.id === "echo";
  return !isEcho && failure?.message !== seen.message && problem?.message !== seen.message;
}

function actionAgainst({ id }: TalkProblem): PanelAction | null {
  if (id === "echo") return "wear_headphones";
  return ASKED_AGAIN.has(id) ? "retry_microphone" : null;
}

/** Some refusals can be tried again at their own button only: there is none to press here. */
function actionOf({ id, action }: Notice, { connection }: View): PanelAction | null {
  const isHere = connection.state !== "online" || id.startsWith("topic:");
  return action === "try_again" && !isHere ? null : action;
}
