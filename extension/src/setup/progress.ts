// The three steps of setting up: which are done, and which one is open. Pure.

export type StepId = "server" | "microphone" | "practice";

export const STEPS: readonly StepId[] = ["server", "microphone", "practice"];

export interface Progress {
  readonly done: readonly StepId[];
  /** Null when all is done. */
  readonly open: StepId | null;
}

/** `#microphone` begins there: the server is known to whoever comes that way. */
export function firstProgress(hash: string): Progress {
  return { done: [], open: hash === "#microphone" ? "microphone" : "server" };
}

export function isDone({ done }: Progress, step: StepId): boolean {
  return done.includes(step);
}

/** It is done, or not wanted: on to the next that is not. What was done in the background moves nobody. */
export function past(progress: Progress, step: StepId): Progress {
  const done = isDone(progress, step) ? progress.done : [...progress.done, step];
  if (progress.open !== step) return { ...progress, done };
  const later = STEPS.slice(STEPS.indexOf(step) + 1);
  return { done, open: [...later, ...STEPS].find((other) => !done.includes(other)) ?? null };
}

/** What was done is not so any more, such as a server that is gone. */
export function undone(progress: Progress, step: StepId): Progress {
  return { ...progress, done: progress.done.filter((other) => other !== step) };
}

export function opened(progress: Progress, step: StepId): Progress {
  return { ...progress, open: step };
}
