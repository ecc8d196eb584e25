// A microphone's side of `audio:{session}`: every sample is kept until the server has it safe. What is owed goes out in
// order, the newest as it is recorded and the rest after each join, no faster than the server stores it; nothing of a
// capture goes out before the one before it is over. Never waits for an answer to audio: there is none.

import { type Backoff, createBackoff } from "./backoff";
import { Captures } from "./captures";
import { type Channel, encodeAudio, type JoinParams, numberOf, type PlayerReport, type Reply } from "./channel";
import { createLink, type LinkState } from "./link";
import type { OpusEncoder } from "./opus";
import { createPace } from "./pace";
import { reasonOf } from "./reason";
import { type Recording, sameTarget, type Target } from "./recording";
import { JOIN_AGAIN, LATER, LIMIT_REACHED, type Refusal, SEND_AGAIN, said } from "./refusals";
import { createReports } from "./reports";
import { SAMPLE_RATE } from "./samples";
import type { Piece } from "./tape";

const LEAST_SAMPLES = 640; // of a push while a capture goes on: 40 ms
const LEAST_SILENCE = SAMPLE_RATE; // of a gap while it goes on

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
  /** Sound goes out as Opus, as long as this encoder works; as PCM16 otherwise. */
  opus?: OpusEncoder | null;
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
  /** Esc: what is being recorded, or is not over at the server, is not wanted any more. What waits from before is. */
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
  const pace = createPace(backoff, () => pump());
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
  let opus = options.opus ?? null;
  let packing = false; // the next push, which nothing overtakes

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
      encoding: opus ? "opus" : "pcm16",
      ...(timestamp === undefined ? {} : { timestamp }),
      ...target.video,
    };
  }

  function joined(reply: Reply): void {
    const number = numberOf(reply.capture);
    pace.ease();
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
    packing = false;
    pace.forget();
  }

  function ifThisRound<Given>(act: (given: Given) => void): (given: Given) => void {
    const asked = round;
    return (given) => {
      if (round === asked) act(given);
    };
  }

  // Sending

  /** Send what is owed, as far as it may go now. */
  function pump(): void {
    while (link.isOpen && !pace.holding && !packing) {
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
    const piece = recording.tape.read(recording.sent, opus?.pushSamples);
    if (!piece) {
      if (recording.ended) askStop(recording);
      return false;
    }
    const isNewest = piece.start + piece.samples >= recording.tape.samples && !recording.ended;
    const least = piece.pcm ? (opus?.pushSamples ?? LEAST_SAMPLES) : LEAST_SILENCE;
    if (isNewest && piece.samples < least) return false;
    if (!pace.allows(captures.inFlight)) return false;
    if (!piece.pcm || !opus) return put(recording, piece, piece.pcm);
    pack(recording, piece, opus.encode(piece.pcm));
    return false;
  }

  /** Opus is there a moment later. Until then nothing else goes out. */
  function pack(recording: Recording, piece: Piece, encoding: Promise<Uint8Array>): void {
    packing = true;
    const packed = ifThisRound((sound: Uint8Array) => {
      packing = false;
      if (captures.has(recording) && recording.sent === piece.start) put(recording, piece, sound);
      pump();
    });
    encoding.then(packed, ifThisRound(giveOpusUp));
  }

  /** From here on, and what is not safe again, as PCM16. */
  function giveOpusUp(): void {
    opus = null;
    link.joinAnew();
  }

  function put(recording: Recording, piece: Piece, sound: Int16Array | Uint8Array | null): boolean {
    const end = piece.start + piece.samples;
    const sent = sound
      ? link.push("audio", encodeAudio(recording.number, piece.start, sound))
      : link.push("gap", { capture: recording.number, from: piece.start, to: end });
    if (!sent) return false;
    recording.sent = end;
    sent.receive(
      "error",
      ifThisRound((reply?: Reply) => refused(recording, reply)),
    );
    return true;
  }

  function sendMarks(recording: Recording): void {
    for (const { sample, wallMs } of recording.anchors.due(recording.sent)) {
      link.push("anchor", { capture: recording.number, sample, wall_ms: wallMs });
    }
    for (const { paused } of recording.pauses.due(recording.sent)) link.push(paused ? "pause" : "resume", {});
  }

  // Answers

  function acked(reply: Reply): void {
    pace.ease();
    link.steady();
    captures.noteSafe(numberOf(reply.capture), numberOf(reply.samples));
    reports.keepFrom(captures.unsafeSinceMs);
    pump();
  }

  /** Of samples, a gap or a stop. Nothing is sent twice for one loss. */
  function refused(recording: Recording, reply?: Reply): void {
    if (!captures.has(recording)) return;
    const { reason, message, expected } = said(reply);
    if (SEND_AGAIN.has(reason) && expected !== null) setBack(recording, expected, reason === "audio_skipped");
    else if (JOIN_AGAIN.has(reason)) link.joinLater();
    else if (LATER.has(reason)) setBack(recording, recording.tape.safe, false);
    else if (reason === "audio_invalid" && opus) giveOpusUp();
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
    pace.setBack(atOnce);
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
        ifThisRound((reply?: Reply) => (said(reply).reason === "not_now" ? heard(reply) : refused(recording, reply))),
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
      failure = reasonOf(reason);
      endCurrent();
    },
    cancel() {
      const upTo = captures.dropNewest();
      cancelled = everJoined ? upTo : null;
      newRound();
      askCancel();
      pump();
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
