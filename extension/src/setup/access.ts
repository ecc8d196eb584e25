// Whether this browser gives the microphone to Sidenote, asked where a person sees the question; and what to tell them
// when it does not. Opens the microphone only to be asked, and lets go of it at once.

import { constraintsOf, failureOf, type MicrophoneProblem, type MicrophoneSettings } from "@sidenote/offscreen";
import { type Observable, variable } from "../hub/observable";

/** `unknown`: the browser does not say. */
export type Standing = "granted" | "prompt" | "denied" | "unknown";

export interface Trouble {
  readonly reason: MicrophoneProblem | "dismissed" | "denied" | "withheld";
  readonly message: string;
}

export interface Access {
  readonly standing: Standing;
  /** Why it could not be used when it was last tried. */
  readonly trouble: Trouble | null;
}

export interface MicrophoneAccess {
  readonly state: Observable<Access>;
  /** Has the browser ask the person, if it still does; true where the microphone may be used. */
  readonly ask: (settings: MicrophoneSettings) => Promise<boolean>;
  readonly close: () => void;
}

const DISMISSED = "The question was closed without an answer. Press the button again and choose “Allow”.";
const DENIED =
  "The browser has been told not to give Sidenote the microphone. Open its settings for Sidenote, set Microphone to “Allow”, and come back here.";
const WITHHELD =
  "The browser may use the microphone, but the system does not hand it out. Allow the browser in the system's privacy settings, then try again.";

/** What a refusal means depends on how the permission stands after it. */
export function troubleOf(error: unknown, standing: Standing): Trouble {
  const failure = failureOf(error);
  if (failure.reason !== "refused") return failure;
  switch (standing) {
    case "prompt":
      return { reason: "dismissed", message: DISMISSED };
    case "denied":
      return { reason: "denied", message: DENIED };
    case "granted":
      return { reason: "withheld", message: WITHHELD };
    case "unknown":
      return failure;
  }
}

export async function microphoneAccess(): Promise<MicrophoneAccess> {
  const permission = await navigator.permissions.query({ name: "microphone" }).catch(() => null);
  const standing = (): Standing => permission?.state ?? "unknown";
  const state = variable<Access>({ standing: standing(), trouble: null });
  const closing = new AbortController();
  // Whatever was wrong before: the person has changed the answer meanwhile.
  const changed = () => state.set({ standing: standing(), trouble: null });
  permission?.addEventListener("change", changed, { signal: closing.signal });

  async function ask(settings: MicrophoneSettings): Promise<boolean> {
    try {
      if (!navigator.mediaDevices) throw new TypeError("no media devices here");
      const stream = await navigator.mediaDevices.getUserMedia({ audio: constraintsOf(settings) });
      for (const track of stream.getTracks()) track.stop();
      state.set({ standing: "granted", trouble: null });
      return true;
    } catch (error) {
      state.set({ standing: standing(), trouble: troubleOf(error, standing()) });
      return false;
    }
  }

  return { state, ask, close: () => closing.abort() };
}
