// What the button to talk shows, and what a press means, for each state of the microphone. Pure.

import type { Settings } from "../parts/settings";
import type { Subject } from "../parts/subject";
import type { TalkCommand, TalkState } from "../talk/talk";
import type { View } from "../view/view";

export type ButtonState = "idle" | "starting" | "listening" | "paused";

/** A microphone that is only made ready is idle: nobody has pressed yet. */
export function buttonState({ capture }: TalkState): ButtonState {
  if (capture === "starting") return "starting";
  if (capture === "recording") return "listening";
  return capture === "paused" ? "paused" : "idle";
}

/** Hands-free that is under way is stopped by the button that shows it, whatever the settings say by now. */
export function buttonMode(talk: TalkState, { mode }: Settings): "hold" | "toggle" {
  const isUnderWay = talk.mode === "hands-free" && buttonState(talk) !== "idle";
  return isUnderWay || mode === "hands-free" ? "toggle" : "hold";
}

export interface Place {
  readonly subject: Subject | null;
  /** As the host says it. */
  readonly obstacle: string | null;
}

/** Why nothing can be said here; what is under way can always be stopped. */
export function whyNot(talk: TalkState, place: Place, { connection, video }: View): string | null {
  if (buttonState(talk) !== "idle") return null;
  if (place.subject === null) return "No video to speak about";
  if (place.obstacle !== null) return "Not here: see above";
  if (video.state === "unsupported") return "No notes on this page";
  return connection.state === "refused" ? "Not connected" : null;
}

export function startOf(mode: "hold" | "toggle", about: Subject): TalkCommand {
  return mode === "hold" ? { type: "key_down", about } : { type: "mic_on", about };
}

export function stopOf(talk: TalkState): TalkCommand {
  return talk.mode === "hands-free" ? { type: "mic_off" } : { type: "key_up" };
}

/** Who has to act on Esc: the microphone while it is on, the session while it works on what was said; null: nobody. */
export function whoCancels({ capture }: TalkState, { session }: View): "talk" | "session" | null {
  if (capture !== "off" && capture !== "armed" && capture !== "failed" && capture !== "opening") return "talk";
  return session.runs.length > 0 ? "session" : null;
}
