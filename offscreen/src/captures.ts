// The captures that are not known to be safe, in order, and the numbers that the server knows them by. Pure state: sends
// nothing, reads no clock.

import { Recording, type Target } from "./recording";

export class Captures {
  #list: Recording[] = [];
  /** Highest number in use. */
  #top = 0;
  /** Highest number that the server has named. */
  #known = 0;
  /** Takes the next samples. */
  current: Recording | null = null;

  get top(): number {
    return this.#top;
  }

  get first(): Recording | undefined {
    return this.#list[0];
  }

  /** The first that the server does not know to be over. */
  get owed(): Recording | undefined {
    return this.#list.find(({ over }) => !over);
  }

  /** Those that no more samples are added to. */
  get unfinished(): number {
    return this.#list.filter((recording) => recording !== this.current).length;
  }

  /** Samples of sound that are not safe. */
  get waiting(): number {
    return this.#list.reduce((sum, { tape }) => sum + tape.held, 0);
  }

  /** Samples that were sent on this join and are not safe. */
  get inFlight(): number {
    return this.#list.reduce((sum, { sent, tape }) => sum + Math.max(0, sent - tape.safe), 0);
  }

  /** When the first sample that is not safe was recorded. */
  get unsafeSinceMs(): number | null {
    return this.#list.find(({ tape }) => tape.safe < tape.samples)?.unsafeSinceMs ?? null;
  }

  has(recording: Recording): boolean {
    return this.#list.includes(recording);
  }

  begin(target: Target, wallMs: number): void {
    this.end();
    this.current = new Recording(++this.#top, target);
    this.current.anchor(wallMs);
    this.#list.push(this.current);
  }

  end(): void {
    if (this.current) this.current.ended = true;
    this.current = null;
    this.forgetSettled();
  }

  drop(recording: Recording): void {
    this.#list = this.#list.filter((each) => each !== recording);
    if (this.current === recording) this.current = null;
  }

  dropAll(): void {
    this.#list = [];
    this.current = null;
  }

  /**
   * Drop the newest, and what the server may have begun to work on. Earlier captures of which it has nothing yet are kept.
   * The highest number that it has to drop.
   */
  dropNewest(): number {
    const newest = this.#list.at(-1);
    this.#list = this.#list.filter((each) => each !== newest && each.number > this.#known && each.sent === 0);
    this.current = null;
    return (this.#list[0]?.number ?? this.#top + 1) - 1;
  }

  forgetSettled(): void {
    this.#list = this.#list.filter((recording) => recording === this.current || !recording.settled);
  }

  /** Joined: the server's newest capture, and how much of it is safe. `first`: it can't be one of these. */
  joined(number: number, samples: number, first: boolean): void {
    this.#known = number;
    if (first || number > this.#top) {
      this.#top = number;
      for (const recording of this.#list) recording.goOnAs(++this.#top);
    } else {
      this.noteSafe(number, samples);
    }
    for (const recording of this.#list) {
      recording.rewind(recording.tape.safe);
      recording.over = recording.number < number;
      recording.unheard = true;
    }
  }

  noteSafe(number: number, samples: number): void {
    this.#known = Math.max(this.#known, number);
    for (const recording of this.#list) {
      if (recording.number < number) {
        recording.keepFrom(recording.tape.samples); // a later one has begun: the server has heard all of it
        recording.over = true;
      } else if (recording.number === number) {
        recording.keepFrom(samples);
        recording.unheard = false;
      }
    }
    this.forgetSettled();
  }

  /**
   * The server takes no more of this capture: it waited too long, or has lost its beginning. What is not safe becomes a
   * capture of its own, and those after it get higher numbers.
   */
  goOnAnew(recording: Recording): void {
    this.#top = Math.max(this.#top, this.#known);
    for (const each of this.#list.slice(this.#list.indexOf(recording))) each.goOnAs(++this.#top);
  }
}
