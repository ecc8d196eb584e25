// An uplink in a page of a real Chromium, where WebCodecs are: what ../test_opus.py asks of it. Asserts nothing.

import { createUplink, openOpus } from "@sidenote/offscreen";
import { Socket } from "phoenix";
import { inFrames } from "./frames";

type Told = Readonly<{ encodings: string[]; refusals: unknown[]; bytes: number; joins: number }>;

/** PCM16, little-endian, as Base64. */
function pcmOf(base64: string): Int16Array {
  return new Int16Array(Uint8Array.from(atob(base64), (char) => char.charCodeAt(0)).buffer);
}

/** What stands in pushes of these samples after capture and offset. */
async function encode(base64: string): Promise<number[][]> {
  const [pcm, opus] = [pcmOf(base64), await openOpus()];
  if (!opus) throw new Error("no Opus here");
  const pushes: number[][] = [];
  for (const piece of inFrames(pcm, opus.pushSamples)) pushes.push([...(await opus.encode(piece))]);
  return pushes;
}

/** Hold the key and say it, a frame each 20 ms; until all of it is safe. */
async function say(url: string, token: string, session: string, base64: string): Promise<Told> {
  const opus = await openOpus();
  const socket = new Socket(url, { authToken: token, reconnectAfterMs: () => 20, rejoinAfterMs: () => 20 });
  const told = { encodings: [] as string[], refusals: [] as unknown[], bytes: 0, joins: 0 };
  socket.connect();
  let settled = (): void => {};
  const uplink = createUplink({
    openChannel(params) {
      const channel = socket.channel(`audio:${session}`, () => {
        const join = params();
        told.joins++;
        told.encodings.push(join.encoding);
        return join;
      });
      const push = channel.push.bind(channel);
      channel.push = (event, payload, timeout) => {
        if (payload instanceof ArrayBuffer) told.bytes += payload.byteLength;
        return push(event, payload, timeout);
      };
      return channel;
    },
    clientId: "page",
    opus,
    onChange: ({ unfinished, waitingS }) => unfinished === 0 && waitingS === 0 && settled(),
    onRefusal: (refusal) => told.refusals.push(refusal),
  });
  uplink.begin({ mode: "ptt", video: { url: "sidenote:practice" } }, Date.now());
  for (const frame of inFrames(pcmOf(base64), 320)) {
    await new Promise((heard) => setTimeout(heard, 20));
    uplink.record(frame);
  }
  const safe = new Promise<void>((resolve) => {
    settled = resolve;
  });
  uplink.stop();
  await safe;
  uplink.close();
  socket.disconnect();
  return told;
}

Object.assign(globalThis, { sidenote: { encode, say } });
