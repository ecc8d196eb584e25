// One capture as the uplink sees it: what was recorded, how far it was sent, and what the server knows of it. Pure state:
// sends nothing, reads no clock.

import { Marks } from "./marks";
import { SAMPLES_PER_MS } from "./samples";
import { Tape } from "./tape";

/** `ptt`: one press is one utterance. `hands-free`: pauses end utterances. */
export type Mode = "ptt" | "hands-free";

/** What a capture is about. */
export type Video = Readonly<{ video_id: string }> | Readonly<{ url: string }>;

export type Target = Readonly<{ mode: Mode; video: Video }>;

export function sameTarget(one: Target, other: Target): boolean {
  const name = (video: Video): string => ("url" in video ? `url ${video.url}` : `id ${video.video_id}`);
  return one.mode === other.mode && name(one.video) === name(other.video);
}

type Anchor = Readonly<{ sample: number; wallMs: number }>;
type PauseMark = Readonly<{ sample: number; paused: boolean }>;

export class Recording {
  readonly target: Target;
  number: number;
  tape = new Tape();
  anchors = new Marks<Anchor>();
  pauses = new Marks<PauseMark>();
  /** Samples that went out on this join. */
  sent = 0;
  /** No more samples come. */
  ended = false;
  /** The server said so. */
  over = false;
  /** The server has stored nothing of it since the last join: it may have forgotten the capture. */
  unheard = false;

  constructor(number: number, target: Target) {
    this.number = number;
    this.target = target;
  }

  get settled(): boolean {
    return this.over && this.tape.safe >= this.tape.samples;
  }

  anchor(wallMs: number): void {
    this.anchors.add({ sample: this.tape.samples, wallMs });
  }

  pause(paused: boolean): void {
    // A rewind to before the first pause has to take that pause back.
    if (!this.pauses.all.length) {
      this.pauses.add({ sample: 0, paused: false });
      this.pauses.due(0);
    }
    this.pauses.add({ sample: this.tape.samples, paused });
  }

  keepFrom(sample: number): void {
    this.tape.keepFrom(sample);
    this.sent = Math.max(this.sent, this.tape.safe);
    this.anchors.keepFrom(this.tape.safe);
    this.pauses.keepFrom(this.tape.safe);
  }

  /** Send again from this sample on. False where some of that is not there any more. */
  rewind(sample: number): boolean {
    if (sample < this.tape.safe) return false;
    this.sent = Math.min(sample, this.tape.samples);
    this.anchors.rewind(this.sent);
    this.pauses.rewind(this.sent);
    return true;
  }

  /** What is not safe yet becomes a capture of its own, which begins at sample 0 and has this number. */
  goOnAs(number: number): void {
    const shift = this.tape.safe;
    const [anchors, pauses] = [this.anchors.all, this.pauses.all];
    this.anchors = new Marks();
    this.pauses = new Marks();
    for (const { sample, wallMs } of anchors) {
      const before = Math.max(0, shift - sample);
      this.anchors.add({ sample: Math.max(0, sample - shift), wallMs: wallMs + before / SAMPLES_PER_MS });
    }
    for (const mark of pauses) this.pauses.add({ ...mark, sample: Math.max(0, mark.sample - shift) });
    this.tape = this.tape.rest();
    this.number = number;
    this.sent = 0;
    this.over = false;
  }

  /** When the first sample that is not safe was recorded; null where nobody said. */
  get unsafeSinceMs(): number | null {
    const anchor = this.anchors.all[0];
    return anchor ? anchor.wallMs + (this.tape.safe - anchor.sample) / SAMPLES_PER_MS : null;
  }
}
