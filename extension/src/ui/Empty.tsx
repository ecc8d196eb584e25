// What stands where nothing is: why, and what to do.

import { Icon, type IconName } from "../look/Icon";
import type { NoticeAction } from "./Notice";

export interface EmptyProps {
  readonly title: string;
  readonly text: string;
  readonly icon?: IconName | undefined;
  readonly action?: NoticeAction | undefined;
}

export function Empty({ title, text, icon = "note", action }: EmptyProps) {
  return (
    <div class="empty">
      <Icon name={icon} />
      <h2>{title}</h2>
      <p class="hint">{text}</p>
      {action && (
        <button type="button" class="button" onClick={action.onAct}>
          {action.label}
        </button>
      )}
    </div>
  );
}
