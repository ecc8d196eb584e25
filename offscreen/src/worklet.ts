// The end of the audio graph, on the audio thread: posts each frame to the page. A script of its own; keeps nothing else.

import { createFramer } from "./frames";
import { WORKLET_NAME } from "./workletname";

// The library of types knows the page's side alone.
declare abstract class AudioWorkletProcessor {
  readonly port: MessagePort;
}
declare function registerProcessor(name: string, processor: new () => AudioWorkletProcessor): void;

class FramePoster extends AudioWorkletProcessor {
  readonly #take = createFramer((frame) => this.port.postMessage(frame, [frame.buffer]));

  /** Called with 128 samples at a time; true keeps it alive while nothing comes in. */
  process(inputs: readonly (readonly Float32Array[])[]): boolean {
    const mono = inputs[0]?.[0];
    if (mono) this.#take(mono);
    return true;
  }
}

registerProcessor(WORKLET_NAME, FramePoster);
