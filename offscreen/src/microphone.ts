// The microphone of this page: opened with the person's settings, read in frames of 20 ms, and watched for its loss.
// Every way in which it can be refused has a sentence for the person.

import { SAMPLE_RATE } from "./samples";
import { WORKLET_NAME } from "./workletname";

export type MicrophoneSettings = Readonly<{
  /** Null: the one that the system prefers. */
  deviceId: string | null;
  echoCancellation: boolean;
  noiseSuppression: boolean;
  autoGainControl: boolean;
}>;

export const MICROPHONE_SETTINGS: MicrophoneSettings = {
  deviceId: null,
  echoCancellation: true,
  noiseSuppression: true,
  autoGainControl: true,
};

export type MicrophoneProblem = "refused" | "absent" | "in_use" | "unsuitable" | "unavailable" | "lost" | "broken";

export type MicrophoneFailure = Readonly<{ reason: MicrophoneProblem; message: string }>;

const SENTENCES: Readonly<Record<MicrophoneProblem, string>> = {
  refused: "Sidenote may not use the microphone. Allow it in the site settings of the browser, then try again.",
  absent: "No microphone was found. Connect one, then try again.",
  in_use:
    "The microphone is in use elsewhere, or the system does not hand it out. Close the other program, then try again.",
  unsuitable: "The chosen microphone is not there. Choose another one in the options.",
  unavailable: "This page can't reach a microphone. Open it over https, or on this machine's own address.",
  lost: "The microphone is gone. What you said before is kept. Connect it again, or choose another one.",
  broken: "The microphone could not be opened. Try again; if that does not help, restart the browser.",
};

const PROBLEMS: Readonly<Record<string, MicrophoneProblem>> = {
  NotAllowedError: "refused",
  PermissionDeniedError: "refused",
  SecurityError: "refused",
  NotFoundError: "absent",
  DevicesNotFoundError: "absent",
  NotReadableError: "in_use",
  TrackStartError: "in_use",
  AbortError: "in_use",
  OverconstrainedError: "unsuitable",
  TypeError: "unavailable",
};

/** What a person is told when getUserMedia, or what follows it, fails with this. */
export function failureOf(error: unknown): MicrophoneFailure {
  const name = typeof error === "object" && error !== null && "name" in error ? String(error.name) : "";
  return failure(PROBLEMS[name] ?? "broken");
}

export function failure(reason: MicrophoneProblem): MicrophoneFailure {
  return { reason, message: SENTENCES[reason] };
}

export function constraintsOf(settings: MicrophoneSettings): MediaTrackConstraints {
  const { deviceId, echoCancellation, noiseSuppression, autoGainControl } = settings;
  return {
    channelCount: 1,
    echoCancellation,
    noiseSuppression,
    autoGainControl,
    ...(deviceId === null ? {} : { deviceId: { exact: deviceId } }),
  };
}

export type MicrophoneListener = Readonly<{
  onFrame: (frame: Int16Array) => void;
  /** Once, after which nothing comes any more. */
  onLost: (failure: MicrophoneFailure) => void;
}>;

export type Microphone = Readonly<{
  label: string;
  /** From the air to the page, as far as the browser knows. */
  latencyMs: number;
  close(): void;
}>;

export type OpenMicrophone = (listener: MicrophoneListener) => Promise<Microphone>;

/** Opens it when asked. What that raises, `failureOf` reads. */
export function microphoneOf(settings: MicrophoneSettings, workletUrl: string): OpenMicrophone {
  return async ({ onFrame, onLost }) => {
    if (!navigator.mediaDevices) throw new TypeError("no media devices here");
    const stream = await navigator.mediaDevices.getUserMedia({ audio: constraintsOf(settings) });
    const closing = new AbortController();
    let context: AudioContext | null = null;

    function close(): void {
      closing.abort();
      for (const track of stream.getTracks()) track.stop();
      if (context && context.state !== "closed") void context.close();
    }
    function lose(): void {
      if (closing.signal.aborted) return;
      close();
      onLost(failure("lost"));
    }

    try {
      const track = stream.getAudioTracks()[0];
      if (!track) throw new DOMException("no audio in the stream", "NotFoundError");
      const { signal } = closing;
      track.addEventListener("ended", lose, { signal });
      navigator.mediaDevices.addEventListener("devicechange", () => void whenGone(track, lose), { signal });

      context = new AudioContext({ sampleRate: SAMPLE_RATE });
      await context.audioWorklet.addModule(workletUrl);
      const node = new AudioWorkletNode(context, WORKLET_NAME, { numberOfInputs: 1, numberOfOutputs: 0 });
      node.port.onmessage = ({ data }: MessageEvent<Int16Array>) => {
        if (!signal.aborted) onFrame(data);
      };
      node.addEventListener("processorerror", lose, { signal });
      context.createMediaStreamSource(stream).connect(node);
      if (context.state === "suspended") await context.resume();
      return { label: track.label, latencyMs: latencyMs(track, context), close };
    } catch (error) {
      close();
      throw error;
    }
  };
}

/** A device that was unplugged is not always said to have ended. */
async function whenGone(track: MediaStreamTrack, act: () => void): Promise<void> {
  const devices = await navigator.mediaDevices.enumerateDevices();
  const { deviceId } = track.getSettings();
  const known = devices.filter(({ kind }) => kind === "audioinput").map((device) => device.deviceId);
  if (track.readyState === "ended" || (deviceId && !known.includes(deviceId))) act();
}

function latencyMs(track: MediaStreamTrack, context: AudioContext): number {
  const { latency } = track.getSettings() as MediaTrackSettings & { latency?: number };
  return 1_000 * ((latency ?? 0) + context.baseLatency);
}
