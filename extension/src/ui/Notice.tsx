// One sentence that a person has to know, and what can be done about it.

import { Icon } from "../look/Icon";

export interface NoticeAction {
  readonly label: string;
  readonly onAct: () => void;
}

export interface NoticeProps {
  readonly kind: "error" | "warning" | "info";
  readonly text: string;
  readonly action?: NoticeAction | undefined;
  readonly onDismiss?: (() => void) | undefined;
}

const KINDS = { error: "Error: ", warning: "Warning: ", info: "" } as const;

export function Notice({ kind, text, action, onDismiss }: NoticeProps) {
  return (
    <div class={`notice ${kind}`} role={kind === "error" ? "alert" : "status"}>
      <Icon name={kind} />
      <p class="notice-text">
        <span class="unseen">{KINDS[kind]}</span>
        {text}
      </p>
      {action && (
        <button type="button" class="button small" onClick={action.onAct}>
          {action.label}
        </button>
      )}
      {onDismiss && (
        <button type="button" class="button small bare only-icon" aria-label="Dismiss" onClick={onDismiss}>
          <Icon name="close" />
        </button>
      )}
    </div>
  );
}
