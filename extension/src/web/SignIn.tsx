// The field for a token.

import { useState } from "preact/hooks";
import { claimsOf } from "../hub/token";
import { Field } from "../ui/Field";
import type { KeptSettings } from "./settings";

export interface SignInProps {
  readonly kept: KeptSettings;
  readonly label: string;
}

export function SignIn({ kept, label }: SignInProps) {
  const [typed, setTyped] = useState("");
  const [fault, setFault] = useState<string | null>(null);

  const enter = (event: Event) => {
    event.preventDefault();
    const token = typed.trim();
    if (claimsOf(token) === null) {
      setFault("That is no token. Run “sidenote token” where the server runs, and paste all that it prints.");
      return;
    }
    setTyped("");
    kept.save({ token });
  };

  return (
    <form class="sign-in" onSubmit={enter}>
      <Field
        label={label}
        type="password"
        value={typed}
        fault={fault}
        hint="As “sidenote token” prints it, where the server runs."
        onInput={(value) => {
          setTyped(value);
          setFault(null);
        }}
        beside={
          <button type="submit" class="button">
            Use it
          </button>
        }
      />
    </form>
  );
}
