// Voice activity: Silero on onnxruntime's WebAssembly, one model a page and one small state a stream. Fetches nothing: the
// model comes as bytes.

import type { InferenceSession, Tensor } from "onnxruntime-web/wasm";

/** Samples that are judged at a time, 32 ms: the model takes no other number. */
export const WINDOW_SAMPLES = 512;
const CONTEXT_SAMPLES = 64; // of the window before, put in front
const STATE_SHAPE = [1, 1, 128]; // h and c of its LSTM

export type VadStream = {
  /** Probability, 0 to 1, that these 512 samples hold speech. In the order in which they are asked. */
  probability(window: Int16Array): Promise<number>;
  /** Forget what came before. */
  reset(): void;
};

export type Vad = { stream(): VadStream; close(): Promise<void> };

export type VadOptions = Readonly<{
  /** The bytes of `silero_vad_v6.onnx`. */
  model: Uint8Array;
  /** The folder of onnxruntime's own files, with a slash at the end; beside its script otherwise. */
  wasmPaths?: string;
}>;

export async function loadVad({ model, wasmPaths }: VadOptions): Promise<Vad> {
  const ort = await import("onnxruntime-web/wasm");
  ort.env.wasm.numThreads = 1; // a window is too small to share out
  if (wasmPaths !== undefined) ort.env.wasm.wasmPaths = wasmPaths;
  const session = await ort.InferenceSession.create(model, { executionProviders: ["wasm"] });
  let turn: Promise<unknown> = Promise.resolve(); // the session runs one window at a time

  const zeros = (): Tensor => new ort.Tensor("float32", new Float32Array(128), STATE_SHAPE);

  function stream(): VadStream {
    const input = new Float32Array(CONTEXT_SAMPLES + WINDOW_SAMPLES);
    let [h, c] = [zeros(), zeros()];

    async function judge(window: Int16Array): Promise<number> {
      for (let i = 0; i < WINDOW_SAMPLES; i++) input[CONTEXT_SAMPLES + i] = (window[i] ?? 0) / 32_768;
      const fed = { input: new ort.Tensor("float32", input, [1, input.length]), h, c };
      const { speech_probs, hn, cn } = await session.run(fed);
      if (!speech_probs || !hn || !cn) throw new Error("this is no Silero model of version 6");
      h = hn as Tensor;
      c = cn as Tensor;
      input.copyWithin(0, WINDOW_SAMPLES);
      return Number(speech_probs.data[0]);
    }

    return {
      probability(window) {
        const judged = turn.then(() => judge(window));
        turn = judged.catch(() => undefined);
        return judged;
      },
      reset() {
        input.fill(0);
        [h, c] = [zeros(), zeros()];
      },
    };
  }

  return { stream, close: () => release(session) };
}

async function release(session: InferenceSession): Promise<void> {
  await session.release();
}
