// SHA-256 of a text (FIPS 180-4), at once: `crypto.subtle` is missing on pages without https. Pure. For ids of long
// addresses only, never for secrets.

/** The first `count` primes; the constants of the standard are fractions of their roots. */
function primes(count: number): readonly number[] {
  const found: number[] = [];
  for (let candidate = 2; found.length < count; candidate++) {
    if (found.every((prime) => candidate % prime !== 0)) found.push(candidate);
  }
  return found;
}

const fraction32 = (value: number): number => ((value - Math.floor(value)) * 2 ** 32) | 0;
const ROUND = Int32Array.from(primes(64), (prime) => fraction32(Math.cbrt(prime)));
const START = Int32Array.from(primes(8), (prime) => fraction32(Math.sqrt(prime)));

const right = (word: number, by: number): number => (word >>> by) | (word << (32 - by));

/** The message, a one bit, zeros, and its length in bits: whole blocks of 64 bytes. */
function padded(message: Uint8Array): DataView {
  const bytes = new Uint8Array(Math.ceil((message.length + 9) / 64) * 64);
  bytes.set(message);
  bytes[message.length] = 0x80;
  const view = new DataView(bytes.buffer);
  view.setUint32(bytes.length - 8, Math.floor(message.length / 2 ** 29));
  view.setUint32(bytes.length - 4, (message.length << 3) >>> 0);
  return view;
}

/** Hexadecimal, of the text in UTF-8. */
export function sha256(text: string): string {
  const blocks = padded(new TextEncoder().encode(text));
  const state = Int32Array.from(START);
  const words = new Int32Array(64);
  const word = (at: number): number => words[at] ?? 0;
  for (let offset = 0; offset < blocks.byteLength; offset += 64) {
    for (let at = 0; at < 16; at++) words[at] = blocks.getInt32(offset + at * 4);
    for (let at = 16; at < 64; at++) {
      const near = word(at - 2);
      const far = word(at - 15);
      const s0 = right(far, 7) ^ right(far, 18) ^ (far >>> 3);
      const s1 = right(near, 17) ^ right(near, 19) ^ (near >>> 10);
      words[at] = (word(at - 16) + s0 + word(at - 7) + s1) | 0;
    }
    let [a = 0, b = 0, c = 0, d = 0, e = 0, f = 0, g = 0, h = 0] = state;
    for (let at = 0; at < 64; at++) {
      const s1 = right(e, 6) ^ right(e, 11) ^ right(e, 25);
      const t1 = (h + s1 + ((e & f) ^ (~e & g)) + (ROUND[at] ?? 0) + word(at)) | 0;
      const s0 = right(a, 2) ^ right(a, 13) ^ right(a, 22);
      const t2 = (s0 + ((a & b) ^ (a & c) ^ (b & c))) | 0;
      [h, g, f, e, d, c, b, a] = [g, f, e, (d + t1) | 0, c, b, a, (t1 + t2) | 0];
    }
    [a, b, c, d, e, f, g, h].forEach((value, at) => {
      state[at] = ((state[at] ?? 0) + value) | 0;
    });
  }
  return Array.from(state, (value) => (value >>> 0).toString(16).padStart(8, "0")).join("");
}
