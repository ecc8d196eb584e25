// What the agent has done and is doing, newest last: each step in words, with its outcome.

import { Icon } from "../look/Icon";

export interface Step {
  readonly id: string;
  readonly label: string;
  readonly detail?: string | undefined;
  readonly state: "running" | "done" | "failed";
  /** How long it took, where it is known. */
  readonly tookMs?: number | undefined;
}

export interface StepsProps {
  readonly steps: readonly Step[];
  readonly label?: string | undefined;
  /** Only the newest so many. */
  readonly limit?: number | undefined;
}

const OUTCOMES = { running: "Now: ", done: "Done: ", failed: "Failed: " } as const;

export function Steps({ steps, label = "What happens", limit = 30 }: StepsProps) {
  return (
    // biome-ignore lint/a11y/noRedundantRoles: Safari drops the role of a list without bullets
    <ol class="steps" role="list" aria-label={label}>
      {steps.slice(-limit).map((step) => (
        <li key={step.id} class={`step ${step.state}`}>
          <span class="step-mark">
            {step.state === "running" ? (
              <span class="step-dot" />
            ) : (
              <Icon name={step.state === "done" ? "check" : "error"} />
            )}
          </span>
          <span class="step-words">
            <span class="unseen">{OUTCOMES[step.state]}</span>
            {step.label}
            {step.detail && <span class="step-detail">{step.detail}</span>}
          </span>
          {step.tookMs !== undefined && <span class="hint timecode">{took(step.tookMs)}</span>}
        </li>
      ))}
    </ol>
  );
}

function took(ms: number): string {
  return ms < 1000 ? `${Math.round(ms)} ms` : `${(ms / 1000).toFixed(1)} s`;
}
