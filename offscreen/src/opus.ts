// Opus by WebCodecs, which pages and offscreen documents have and service workers have not. Each push is encoded from a
// fresh start and decoded by itself, so that any of them may be sent again; keeps nothing of them.

import { FRAME_SAMPLES, SAMPLE_RATE } from "./samples";

const CONFIG = {
  codec: "opus",
  sampleRate: SAMPLE_RATE,
  numberOfChannels: 1,
  bitrate: 24_000,
  opus: { application: "audio", signal: "voice", frameDuration: 20_000 },
} as const;
const LOOK_AHEAD = 104; // samples that are decoded before the first of a push: 6.5 ms
const PUSH_FRAMES = 6;
const LONGEST_MS = 2_000; // for one push; a few are usual

export type OpusEncoder = Readonly<{
  /** Samples that fill a push. */
  pushSamples: number;
  /** What follows capture and offset in a push of these samples. Fails where the encoder does. */
  encode(pcm: Int16Array): Promise<Uint8Array>;
}>;

/** Null where there is no encoder for Opus. */
export async function openOpus(): Promise<OpusEncoder | null> {
  if (typeof AudioEncoder === "undefined") return null;
  const support = await AudioEncoder.isConfigSupported(CONFIG).catch(() => null);
  return support?.supported ? { pushSamples: PUSH_FRAMES * FRAME_SAMPLES - LOOK_AHEAD, encode } : null;
}

async function encode(pcm: Int16Array): Promise<Uint8Array> {
  const frames = Math.ceil((pcm.length + LOOK_AHEAD) / FRAME_SAMPLES);
  const sound = new Int16Array(frames * FRAME_SAMPLES);
  sound.set(pcm);
  sound.fill(pcm.at(-1) ?? 0, pcm.length); // a step to silence would be heard in the last samples
  const packets = await packetsOf(sound);
  if (packets.length < frames) throw new Error(`the encoder made ${packets.length} packets of ${frames} frames`);
  return pack(pcm.length, packets.slice(0, frames)); // Chrome adds one of silence
}

async function packetsOf(sound: Int16Array<ArrayBuffer>): Promise<Uint8Array[]> {
  const packets: Uint8Array[] = [];
  const encoder = new AudioEncoder({
    output(chunk) {
      const packet = new Uint8Array(chunk.byteLength);
      chunk.copyTo(packet);
      packets.push(packet);
    },
    error() {}, // `flush` fails as well
  });
  encoder.configure(CONFIG);
  const data = new AudioData({
    format: "s16",
    sampleRate: SAMPLE_RATE,
    numberOfChannels: 1,
    numberOfFrames: sound.length,
    timestamp: 0,
    data: sound,
  });
  encoder.encode(data);
  data.close();
  const late = setTimeout(() => encoder.close(), LONGEST_MS); // `flush` fails then
  try {
    await encoder.flush();
  } finally {
    clearTimeout(late);
    if (encoder.state !== "closed") encoder.close();
  }
  return packets;
}

/** How many samples, how many are decoded before them, then each packet after its length: u16, little-endian. */
function pack(samples: number, packets: readonly Uint8Array[]): Uint8Array {
  const data = new Uint8Array(packets.reduce((sum, { length }) => sum + 2 + length, 4));
  const view = new DataView(data.buffer);
  view.setUint16(0, samples, true);
  view.setUint16(2, LOOK_AHEAD, true);
  let at = 4;
  for (const packet of packets) {
    view.setUint16(at, packet.length, true);
    data.set(packet, at + 2);
    at += 2 + packet.length;
  }
  return data;
}
