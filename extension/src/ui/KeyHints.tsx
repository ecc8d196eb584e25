// Which keys do what, with the names that they have on this machine.

import { Fragment } from "preact";
import { keyNames } from "./keys";

export interface KeyHint {
  /** Such as "Mod+Enter"; Mod is ⌘ on a Mac and Ctrl elsewhere. */
  readonly keys: string;
  readonly does: string;
}

export interface KeyHintsProps {
  readonly hints: readonly KeyHint[];
  readonly mac: boolean;
}

export function KeyHints({ hints, mac }: KeyHintsProps) {
  return (
    <dl class="key-hints">
      {hints.map((hint) => (
        <Fragment key={hint.keys}>
          <dt>
            {keyNames(hint.keys, mac).map((name) => (
              <kbd key={name}>{name}</kbd>
            ))}
          </dt>
          <dd>{hint.does}</dd>
        </Fragment>
      ))}
    </dl>
  );
}
