// A microphone's side of `audio:{session}`: every sample is kept until the server has it safe. What is owed goes out in
// order, the newest as it is recorded and the rest after each join, no faster than the server stores it; nothing of a
// capture goes out before the one before it is over. Never waits for an answer to audio: there is none.

import { type Backoff, createBackoff, waitMs } from "./backoff";
import { Captures } from "./captures";
import { type Channel, encodeAudio, type JoinParams, numberOf, type PlayerReport, type Reply } from "./channel";
import { createLink, type LinkState } from "./link";
import { type Recording, sameTarget, type Target } from "./recording";
import { JOIN_AGAIN, LATER, LIMIT_REACHED, type Refusal, SEND_AGAIN, said } from "./refusals";
import { createReports } from "./reports";
import { SAMPLE_RATE } from "./samples";

const LEAST_SAMPLES = 640; // of a push while a capture goes on: 40 ms
const LEAST_SILENCE = SAMPLE_RATE; // of a gap while it goes on
const WINDOW_SAMPLES = 10 * SAMPLE_RATE; // on their way at most
const PATIENCE_MS = 5_000; // without an ack, before more is sent all the same
const MOST_REASON = 200; // characters of `capture_failed`

export type UplinkState = Readonly<{
  link: LinkState;
  /** Whole seconds of sound that are not safe at the server yet. */
  waitingS: number;
  /** Captures that are over here and not yet there. */
  unfinished: number;
}>;

export type UplinkOptions = Readonly<{
  /** A new channel of `audio:{session}`, not joined; the params are asked anew at each join. */
  openChannel: (params: () => JoinParams) => Channel;
  /** The same for as long as this client lives. */
  clientId: string;
  onChange?: (state: UplinkState) => void;
  onRefusal?: (refusal: Refusal) => void;
  /** Seconds of sound that may wait, over all captures. */
  mostWaitingS?: number;
  backoff?: Partial<Backoff>;
}>;

export type Uplink = {
  /** Join, so that the first capture finds the way open. Done by `begin` otherwise. */
  open(target: Target): void;
  /** Begin the next capture; its first sample is recorded at `wallMs`. */
  begin(target: Target, wallMs: number): void;
  /** Samples that follow on. False: too much waits, and the capture was ended. */
  record(pcm: Int16Array): boolean;
  /** Silence that follows on and is not sent. */
  gap(samples: number): void;
  /** The next sample is recorded at `wallMs`: every 5 s, and at once after sleep. */
  anchor(wallMs: number): void;
  pause(): void;
  resume(): void;
  /** The capture is over: said again until the server has answered. */
  stop(): void;
  /** The microphone is gone; what came before is an utterance. */
  fail(reason: string): void;
  /** Esc: what is being recorded, or is not over at the server, is not wanted any more. */
  cancel(): void;
  /** Where the player stands. */
  clock(report: PlayerReport): void;
  /** Ask again after a refusal that waits for the person. */
  retry(): void;
  state(): UplinkState;
  /** Leave. What is not safe is lost. */
  close(): void;
};

export function createUplink(options: UplinkOptions): Uplink {
  const backoff = createBackoff(options.backoff);
  const mostWaiting = (options.mostWaitingS ?? 600) * SAMPLE_RATE;
  const reports = createReports();
  const link = createLink({
    openChannel: options.openChannel,
    params,
    backoff,
    onJoined: joined,
    onAck: acked,
    onLost() {
      newRound();
      tell();
    },
    onRefusal: (refusal) => options.onRefusal?.(refusal),
  });

  const captures = new Captures();
  let target: Target | null = null; // of the newest join
  let everJoined = false;

  let round = 0; // what was pushed in earlier ones is sent again: answers to it are stale
  let allowed = WINDOW_SAMPLES;
  let setbacks = 0; // since the last ack
  let holding: ReturnType<typeof setTimeout> | null = null; // before more is sent
  let patience: ReturnType<typeof setTimeout> | null = null;

  let stopAsked: Recording | null = null;
  let failure: string | null = null;
  let failureAsked = false;
  let cancelled: number | null = null; // up to this number, and not answered yet
  let told: UplinkState | null = null;

  // Joining

  function params(): JoinParams {
    target = captures.first?.target ?? target;
    if (!target) throw new Error("joined for no capture");
    const timestamp = reports.newest()?.media_s;
    return {
      mode: target.mode,
      client_id: options.clientId,
      sample_rate: SAMPLE_RATE,
      encoding: "pcm16",
      ...(timestamp === undefined ? {} : { timestamp }),
      ...target.video,
    };
  }

  function joined(reply: Reply): void {
    const number = numberOf(reply.capture);
    setbacks = 0;
    allowed = WINDOW_SAMPLES;
    newRound();
    captures.joined(number, numberOf(reply.samples), !everJoined);
    everJoined = true;
    if (cancelled !== null && cancelled < number) cancelled = null; // a later capture was heard after it
    askCancel();
    for (const report of reports.from(captures.unsafeSinceMs)) link.push("clock", report);
    pump();
  }

  /** Nothing that is on its way counts any more. */
  function newRound(): void {
    round++;
    stopAsked = null;
    failureAsked = false;
    for (const timer of [holding, patience]) if (timer) clearTimeout(timer);
    holding = patience = null;
  }

  function ifThisRound(act: (reply: Reply) => void): (reply?: Reply) => void {
    const asked = round;
    return (reply = {}) => {
      if (round === asked) act(reply);
    };
  }

  // Sending

  /** Send what is owed, as far as it may go now. */
  function pump(): void {
    while (link.isOpen && !holding) {
      const recording = captures.owed;
      if (!recording) {
        askFailure();
        break;
      }
      if (target && !sameTarget(recording.target, target)) {
        // The join says mode and video. An ack of the capture before may still be to come.
        if (captures.first === recording) link.joinAnew();
        break;
      }
      if (!sendNext(recording)) break;
    }
    tell();
  }

  /** The next push of a capture; false where it has to wait. */
  function sendNext(recording: Recording): boolean {
    sendMarks(recording);
    const piece = recording.tape.read(recording.sent);
    if (!piece) {
      if (recording.ended) askStop(recording);
      return false;
    }
    const end = piece.start + piece.samples;
    const isNewest = end >= recording.tape.samples && !recording.ended;
    if (isNewest && piece.samples < (piece.pcm ? LEAST_SAMPLES : LEAST_SILENCE)) return false;
    if (captures.inFlight >= allowed) {
      beginPatience();
      return false;
    }
    const sent = piece.pcm
      ? link.push("audio", encodeAudio(recording.number, piece.start, piece.pcm))
      : link.push("gap", { capture: recording.number, from: piece.start, to: end });
    if (!sent) return false;
    recording.sent = end;
    sent.receive(
      "error",
      ifThisRound((reply) => refused(recording, reply)),
    );
    return true;
  }

  function sendMarks(recording: Recording): void {
    for (const { sample, wallMs } of recording.anchors.due(recording.sent)) {
      link.push("anchor", { capture: recording.number, sample, wall_ms: wallMs });
    }
    for (const { paused } of recording.pauses.due(recording.sent)) link.push(paused ? "pause" : "resume", {});
  }

  /** The server may know these samples and be unable to store them: ask again by sending more. */
  function beginPatience(): void {
    patience ??= setTimeout(() => {
      patience = null;
      allowed += WINDOW_SAMPLES;
      pump();
    }, PATIENCE_MS);
  }

  function hold(): void {
    const later = (): void => {
      holding = null;
      pump();
    };
    holding ??= setTimeout(later, waitMs(backoff, setbacks));
  }

  // Answers

  function acked(reply: Reply): void {
    setbacks = 0;
    allowed = WINDOW_SAMPLES;
    if (patience) clearTimeout(patience);
    patience = null;
    link.steady();
    captures.noteSafe(numberOf(reply.capture), numberOf(reply.samples));
    reports.keepFrom(captures.unsafeSinceMs);
    pump();
  }

  /** Of samples, a gap or a stop. Nothing is sent twice for one loss. */
  function refused(recording: Recording, reply: Reply): void {
    if (!captures.has(recording)) return;
    const { reason, message, expected } = said(reply);
    if (SEND_AGAIN.has(reason) && expected !== null) setBack(recording, expected, reason === "audio_skipped");
    else if (JOIN_AGAIN.has(reason)) link.joinLater();
    else if (LATER.has(reason)) setBack(recording, recording.tape.safe, false);
    else if (reason === "audio_invalid" && recording.unheard) {
      newRound();
      captures.goOnAnew(recording);
      pump();
    } else {
      const lostS = recording.tape.held / SAMPLE_RATE;
      captures.drop(recording);
      options.onRefusal?.({ kind: "not_taken", reason, message, lostS });
      pump();
    }
  }

  /** The server wants samples from this one on. */
  function setBack(recording: Recording, sample: number, atOnce: boolean): void {
    newRound();
    if (!recording.rewind(sample)) captures.goOnAnew(recording);
    if (setbacks || !atOnce) hold();
    setbacks++;
    pump();
  }

  // Endings

  function endCurrent(): void {
    captures.end();
    pump();
  }

  function askStop(recording: Recording): void {
    if (recording.tape.samples === 0) {
      captures.drop(recording); // the server never heard of it
      pump();
      return;
    }
    if (stopAsked === recording) return;
    stopAsked = recording;
    const heard = ifThisRound(() => {
      recording.over = true;
      stopAsked = null;
      captures.forgetSettled();
      pump();
    });
    const again = ifThisRound(() => {
      stopAsked = null;
      pump();
    });
    link
      .push("stop", { capture: recording.number, samples: recording.tape.samples })
      ?.receive("ok", heard)
      // `not_now`: an earlier one was heard.
      .receive(
        "error",
        ifThisRound((reply) => (said(reply).reason === "not_now" ? heard() : refused(recording, reply))),
      )
      .receive("timeout", again);
  }

  /** Comes when all that was recorded is there. */
  function askFailure(): void {
    if (failure === null || failureAsked) return;
    failureAsked = true;
    const answered = ifThisRound(() => {
      failure = null;
    });
    link.push("capture_failed", { reason: failure })?.receive("ok", answered).receive("error", answered);
  }

  function askCancel(): void {
    if (cancelled === null) return;
    const upTo = cancelled;
    const answered = (): void => {
      if (cancelled === upTo) cancelled = null;
    };
    link.push("cancel", {})?.receive("ok", answered).receive("error", answered);
  }

  // For whoever looks

  function state(): UplinkState {
    const waitingS = Math.floor(captures.waiting / SAMPLE_RATE);
    return { link: link.state, waitingS, unfinished: captures.unfinished };
  }

  function tell(): void {
    const now = state();
    if (JSON.stringify(now) === JSON.stringify(told)) return;
    told = now;
    options.onChange?.(now);
  }

  return {
    open(wanted) {
      target ??= wanted;
      link.join();
      tell();
    },
    begin(wanted, wallMs) {
      captures.begin(wanted, wallMs);
      link.join();
      pump();
    },
    record(pcm) {
      if (!captures.current) return false;
      if (captures.waiting + pcm.length > mostWaiting) {
        endCurrent();
        options.onRefusal?.({ kind: "limit", message: LIMIT_REACHED, waitingS: state().waitingS });
        return false;
      }
      captures.current.tape.record(pcm);
      pump();
      return true;
    },
    gap(samples) {
      captures.current?.tape.recordSilence(samples);
      pump();
    },
    anchor(wallMs) {
      captures.current?.anchor(wallMs);
      pump();
    },
    pause() {
      captures.current?.pause(true);
      pump();
    },
    resume() {
      captures.current?.pause(false);
      pump();
    },
    stop: endCurrent,
    fail(reason) {
      failure = wellFormed(reason.slice(0, MOST_REASON));
      endCurrent();
    },
    cancel() {
      captures.dropAll();
      cancelled = everJoined ? captures.top : null;
      newRound();
      askCancel();
      tell();
    },
    clock(report) {
      reports.add(report);
      link.push("clock", report);
    },
    retry() {
      link.retry();
      tell();
    },
    state,
    close() {
      link.close();
      newRound();
      captures.dropAll();
    },
  };
}

/** Half an emoji would close the connection. */
function wellFormed(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text));
}
