// What a page is told of its review: the notes for its overlays, what is being said, and what its player is asked. Follows
// the review for it, since a page opens no connection.

import type { PageAnswer, PageQuestion, ToPage } from "../content/messages";
import type { ShownNote } from "../content/overlays/notes";
import type { PlayerCommand } from "../content/player";
import type { Listener } from "../hub/followed";
import type { Observable } from "../hub/observable";
import type { Hub } from "../hub/socket";
import type { Subject } from "../parts/subject";
import { openReview, type Review } from "../review/review";
import type { TopicAction } from "../view/action";
import type { View } from "../view/view";
import type { PlayerCommand as Asked, Note, SpeechStarted } from "../wire/messages";

/** What was asked of the player longer ago is not done any more: the person has gone on. */
const FRESH_MS = 5_000;

export interface FeedOptions {
  readonly hub: Observable<Hub>;
  readonly subject: Subject;
  readonly tell: (message: ToPage) => void;
  /** Hears the session as well. */
  readonly listener?: Listener;
  readonly nowMs?: () => number;
}

export interface Feed {
  /** More became known of the same video. */
  describe(subject: Subject): void;
  answer(question: PageQuestion): Promise<PageAnswer>;
  close(): void;
}

export function openFeed(options: FeedOptions): Feed {
  const { hub, tell, listener, nowMs = Date.now } = options;
  let { subject } = options;
  let review = open();

  function open(): Review {
    const speech = createSpeech();
    const commands = createCommands(nowMs, (command) => tell({ type: "player_command", command }));
    const order = createOrder(subject.sessionId);
    let shown: View["video"]["notes"] = [];
    let told = "";
    let isDue = false;

    const opened = openReview(hub.now, subject, "page", (action) => {
      listener?.(action);
      commands.take(action);
      if (action.kind === "event" && action.event === "speech_started") speech.began(action.payload);
      later();
    });
    opened.view.subscribe(later);

    /** Once for all that comes in one message: after a loss that may be many events. */
    function later(): void {
      if (isDue) return;
      isDue = true;
      queueMicrotask(() => {
        isDue = false;
        if (review === opened) say(opened.view.now);
      });
    }

    function say({ video, heard }: View): void {
      commands.pass();
      if (video.notes !== shown) {
        shown = video.notes;
        tell({ type: "notes", notes: order(shown).map(shownNote) });
      }
      const message = speech.message(heard);
      if (JSON.stringify(message) === told) return;
      told = JSON.stringify(message);
      tell(message);
    }

    return opened;
  }

  const endHub = hub.subscribe(() => {
    review.close();
    review = open();
  });

  return {
    describe(described) {
      subject = described;
      review.describe(described.video);
    },
    async answer({ type, note_id, revision }) {
      const note = review.view.now.video.notes.find(({ id }) => id === note_id);
      if (note && note.revision > revision) {
        return { ok: false, message: "This note has changed meanwhile: look at it once more." };
      }
      const answer = await review.session.push(type, { note_id });
      if (!answer.ok) return { ok: false, message: answer.refusal.message };
      review.dispatch({ kind: "note_answered", note: answer.response.note });
      return { ok: true };
    },
    close() {
      endHub();
      review.close();
    },
  };
}

/** What the overlays show; what was said word for word, and where it was posted, is no page's business. */
function shownNote({ id, revision, text, confidence, timestamp_s, status }: Note): ShownNote {
  return { id, revision, text, confidence, timestamp_s, status };
}

/** Where the sentence that is being said began. */
function createSpeech() {
  let newest: { readonly utterance: number; readonly atS: number | null } | null = null;
  return {
    began({ utterance, media_s, joins }: SpeechStarted): void {
      const goesOn = joins !== undefined && joins === newest?.utterance;
      newest = { utterance, atS: goesOn ? (newest?.atS ?? null) : media_s };
    },
    message(heard: View["heard"]): ToPage {
      if (heard === null || heard.over) return { type: "speech", speaking: false, atS: null, heard: "" };
      const atS = newest?.utterance === heard.utterance ? newest.atS : null;
      return { type: "speech", speaking: true, atS, heard: heard.text };
    },
  };
}

/** Passes on what is asked of the player, but nothing old: what was missed is younger than what was heard last. */
function createCommands(nowMs: () => number, pass: (command: PlayerCommand) => void) {
  let heardMs = nowMs();
  let asked: Asked[] = [];
  let wasHeard = false;
  let wereMissed = false;
  return {
    /** What the session said. */
    take(action: TopicAction): void {
      wasHeard = true;
      if (action.kind === "caught_up") wereMissed = true;
      if (action.kind === "event" && action.event === "player_command") asked.push(action.payload);
    },
    /** All of one message has come. */
    pass(): void {
      if (!wasHeard) return;
      const isOld = wereMissed && nowMs() - heardMs > FRESH_MS;
      const commands = isOld ? [] : asked.map(commandOf);
      heardMs = nowMs();
      asked = [];
      wasHeard = wereMissed = false;
      for (const command of commands) if (command) pass(command);
    },
  };
}

function commandOf({ action, to_s, by_s }: Asked): PlayerCommand | null {
  if (action !== "seek") return { action };
  if (to_s !== undefined) return { action, to_s };
  return by_s === undefined ? null : { action, by_s };
}

/** In the order of their making, as far as it can be told: those of this review by utterance, after all others. */
function createOrder(sessionId: string) {
  const places = new Map<string, number>();
  const rank = ({ session_id, utterance }: Note): number =>
    session_id === sessionId ? (utterance ?? Number.MAX_SAFE_INTEGER) : -1;
  return (notes: readonly Note[]): readonly Note[] => {
    const fresh = notes.filter(({ id }) => !places.has(id));
    for (const { id } of fresh.sort((a, b) => rank(a) - rank(b) || a.part - b.part)) places.set(id, places.size);
    return [...notes].sort((a, b) => (places.get(a.id) ?? 0) - (places.get(b.id) ?? 0));
  };
}
