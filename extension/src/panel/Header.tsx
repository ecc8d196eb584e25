// The top of the panel: which video this is about, whether the server is there, and the way to the settings.

import { Icon } from "../look/Icon";
import { ConnectionChip } from "../ui/ConnectionChip";
import type { Connection } from "../view/view";

export interface HeaderProps {
  readonly title: string;
  readonly connection: Connection;
  readonly waitingS: number;
  readonly onSettings: () => void;
}

export function Header({ title, connection, waitingS, onSettings }: HeaderProps) {
  const state = connection.state === "refused" ? "offline" : connection.state;
  return (
    <header class="panel-head">
      <h1 title={title}>{title}</h1>
      <ConnectionChip state={state} waitingS={waitingS} />
      <button
        type="button"
        class="button small bare only-icon"
        aria-label="Settings"
        title="Settings"
        onClick={onSettings}
      >
        <Icon name="sliders" />
      </button>
    </header>
  );
}
