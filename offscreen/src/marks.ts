// Things said about samples (when one was recorded, where a pause begins), each sent with the sound that it belongs to,
// and again when that sound is. Knows only their order.

export class Marks<Mark extends Readonly<{ sample: number }>> {
  #marks: Mark[] = [];
  #sent = 0;

  get all(): readonly Mark[] {
    return this.#marks;
  }

  add(mark: Mark): void {
    this.#marks.push(mark);
  }

  /** Those at or before sample `until` that were not sent yet; they count as sent. */
  due(until: number): readonly Mark[] {
    const due = this.#marks.slice(this.#sent).filter((mark) => mark.sample <= until);
    this.#sent += due.length;
    return due;
  }

  /** Sound is sent again from this sample on: what holds there, and what comes after, is due again. */
  rewind(sample: number): void {
    this.#sent = this.#holdingAt(sample);
  }

  /** Samples before this one are safe: only what holds there is kept of what came before. */
  keepFrom(sample: number): void {
    const passed = this.#holdingAt(sample);
    this.#marks.splice(0, passed);
    this.#sent = Math.max(0, this.#sent - passed);
  }

  /** Index of the newest mark at or before `sample`. */
  #holdingAt(sample: number): number {
    return Math.max(
      0,
      this.#marks.findLastIndex((mark) => mark.sample <= sample),
    );
  }
}
