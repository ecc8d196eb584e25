// The samples of one capture that are not safe yet, in order. Sound lies in blocks of a second, silence takes no room.
// Sends nothing, reads no clock.

import { SAMPLE_RATE } from "./samples";

const BLOCK_SAMPLES = SAMPLE_RATE;
const MOST_SILENCE = 600 * SAMPLE_RATE; // samples of one `gap`

/** Samples that follow on; `pcm` null is silence that is not sent. */
export type Piece = Readonly<{ start: number; samples: number; pcm: Int16Array | null }>;

type Sound = { readonly start: number; samples: number; readonly pcm: Int16Array };
type Silence = { readonly start: number; samples: number; readonly pcm: null };
type Block = Sound | Silence;

export class Tape {
  readonly #blocks: Block[] = [];
  #samples = 0;
  #safe = 0;
  #held = 0;

  /** Recorded so far, silence included. */
  get samples(): number {
    return this.#samples;
  }

  /** Samples before this one are safe, and not kept. */
  get safe(): number {
    return this.#safe;
  }

  /** Samples of sound that are kept. */
  get held(): number {
    return this.#held;
  }

  record(pcm: Int16Array): void {
    for (let at = 0; at < pcm.length; ) {
      const block = this.#open();
      const part = pcm.subarray(at, at + BLOCK_SAMPLES - block.samples);
      block.pcm.set(part, block.samples);
      block.samples += part.length;
      at += part.length;
      this.#samples += part.length;
      this.#held += part.length;
    }
  }

  recordSilence(samples: number): void {
    const last = this.#blocks.at(-1);
    if (last && last.pcm === null) last.samples += samples;
    else if (samples > 0) this.#blocks.push({ start: this.#samples, samples, pcm: null });
    this.#samples += samples;
  }

  /** What begins at sample `from`, at most `most` samples of sound; null where nothing is kept of that. */
  read(from: number, most: number = BLOCK_SAMPLES): Piece | null {
    const block = this.#blocks.findLast((each) => each.start <= from);
    if (!block || from < this.#safe || from >= block.start + block.samples) return null;
    const skip = from - block.start;
    const samples = Math.min(block.samples - skip, block.pcm ? most : MOST_SILENCE);
    return { start: from, samples, pcm: block.pcm?.subarray(skip, skip + samples) ?? null };
  }

  /** Samples before this one are safe. */
  keepFrom(sample: number): void {
    const upTo = Math.min(sample, this.#samples);
    for (const block of this.#blocks) {
      if (block.pcm) this.#held -= overlap(block, this.#safe, upTo);
    }
    this.#safe = Math.max(this.#safe, upTo);
    const first = this.#blocks.findIndex((block) => block.start + block.samples > this.#safe);
    this.#blocks.splice(0, first < 0 ? this.#blocks.length : first);
  }

  /** What is kept as a tape of its own, which begins at sample 0. */
  rest(): Tape {
    const tape = new Tape();
    for (let at = this.#safe; at < this.#samples; ) {
      const piece = this.read(at);
      if (!piece) break;
      if (piece.pcm) tape.record(piece.pcm);
      else tape.recordSilence(piece.samples);
      at += piece.samples;
    }
    return tape;
  }

  /** The block that takes the next sample of sound. */
  #open(): Sound {
    const last = this.#blocks.at(-1);
    if (last?.pcm && last.samples < BLOCK_SAMPLES) return last;
    const block = { start: this.#samples, samples: 0, pcm: new Int16Array(BLOCK_SAMPLES) };
    this.#blocks.push(block);
    return block;
  }
}

/** How many samples of the block lie in [from, to). */
function overlap(block: Block, from: number, to: number): number {
  return Math.max(0, Math.min(block.start + block.samples, to) - Math.max(block.start, from));
}
