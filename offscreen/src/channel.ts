// The parts of phoenix.js that the uplink uses, by their shape, and what the server says on `audio:{session}`.

import type { Mode } from "./recording";

/** What it answers, or sends: whichever fields there are. */
export type Reply = Readonly<{
  reason?: unknown;
  message?: unknown;
  expected?: unknown;
  retry_after_ms?: unknown;
  capture?: unknown;
  samples?: unknown;
}>;

export type Push = {
  receive(status: "ok" | "error" | "timeout", callback: (response?: Reply) => void): Push;
};

/** A channel of phoenix.js. */
export type Channel = {
  join(): Push;
  push(event: string, payload: object): Push;
  leave(): unknown;
  on(event: string, callback: (payload?: Reply) => void): unknown;
  onError(callback: (reason?: unknown) => void): unknown;
  onClose(callback: (payload?: unknown) => void): unknown;
  /** Its types leave this out. */
  canPush?(): boolean;
};

export type JoinParams = Readonly<{
  mode: Mode;
  client_id: string;
  sample_rate: 16_000;
  encoding: "pcm16" | "opus";
  timestamp?: number;
  video_id?: string;
  url?: string;
}>;

/** Where the player stood at a time of the wall clock. */
export type PlayerReport = Readonly<{ wall_ms: number; media_s: number; rate: number; paused: boolean }>;

/** A push of samples: capture and offset, u32 little-endian, then PCM16 little-endian, or bytes as they are. */
export function encodeAudio(capture: number, offset: number, sound: Int16Array | Uint8Array): ArrayBuffer {
  const data = new ArrayBuffer(8 + sound.byteLength);
  const view = new DataView(data);
  view.setUint32(0, capture, true);
  view.setUint32(4, offset, true);
  if (sound instanceof Uint8Array) new Uint8Array(data).set(sound, 8);
  else for (let i = 0; i < sound.length; i++) view.setInt16(8 + 2 * i, sound[i] ?? 0, true);
  return data;
}

/** A field of a reply, 0 where it is not given. */
export function numberOf(value: unknown): number {
  return typeof value === "number" ? value : 0;
}
