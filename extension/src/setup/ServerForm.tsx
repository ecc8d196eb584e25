// Where the server is, and the token that it wants: saved when a field is left, checked when a person asks. What is wrong
// stands beside the field that it is about.

import { useEffect, useRef, useState } from "preact/hooks";
import { addressFault, serverAddress } from "../hub/address";
import type { Check, Checked } from "../hub/check";
import { claimsOf } from "../hub/token";
import { Icon } from "../look/Icon";
import type { Settings } from "../parts/settings";
import { Field } from "../ui/Field";
import type { OfflineReason, RefusedReason } from "../view/view";

export interface ServerFormProps {
  readonly settings: Settings;
  readonly save: (change: Partial<Settings>) => void;
  readonly check: Check;
  /** What came of a check that the person asked for. */
  readonly onChecked?: ((isGood: boolean) => void) | undefined;
}

type Written = Pick<Settings, "server" | "token">;

interface Fault {
  readonly field: keyof Written;
  readonly words: string;
}

export function ServerForm({ settings, save, check, onChecked }: ServerFormProps) {
  const [draft, setDraft] = useState<Partial<Written>>({});
  const [checked, setChecked] = useState<Checked | "asking" | null>(null);
  const asked = useRef(0);
  const written: Written = { server: settings.server, token: settings.token, ...draft };

  const write = (change: Partial<Written>) => {
    asked.current += 1; // an answer that is under way is about something else
    setChecked(null);
    setDraft({ ...draft, ...change });
  };

  /** What is kept now; null where the address is none. */
  const keep = (): Written | null => {
    const address = serverAddress(written.server);
    if (address === null) return null;
    const kept = { server: address.server, token: written.token.trim() };
    const changed = unlike(kept, settings);
    if (Object.keys(changed).length > 0) save(changed);
    setDraft(changed); // the settings say so a moment later
    return kept;
  };

  /** Null where it does not matter any more. */
  const ask = async ({ server, token }: Written): Promise<Checked | null> => {
    asked.current += 1;
    const mine = asked.current;
    setChecked("asking");
    const answer = await check(server, token);
    if (mine !== asked.current) return null;
    setChecked(answer);
    return answer;
  };

  const submit = async () => {
    const kept = keep();
    const answer = kept && (await ask(kept));
    if (answer) onChecked?.(answer.ok);
  };

  useEffect(() => {
    setDraft((earlier) => unlike(earlier, settings));
  }, [settings.server, settings.token]);

  useEffect(() => {
    if (settings.token !== "") void ask(settings);
    return () => {
      asked.current += 1;
    };
  }, []);

  const typedFault = addressFault(written.server);
  const fault = faultOf(checked);
  const isMistyped = typedFault !== null && (draft.server !== undefined || checked !== null);
  return (
    <form
      class="form"
      onFocusOut={() => keep()}
      onSubmit={(event) => {
        event.preventDefault();
        void submit();
      }}
    >
      <Field
        label="Address"
        value={written.server}
        onInput={(server) => write({ server })}
        hint="Where “sidenote serve” runs; it prints this address when it starts."
        fault={isMistyped ? typedFault : fault?.field === "server" ? fault.words : null}
      />
      <Field
        label="Token"
        type="password"
        value={written.token}
        onInput={(token) => write({ token })}
        hint="“sidenote token” prints it. It is renewed by itself as long as you use Sidenote."
        fault={fault?.field === "token" ? fault.words : null}
      />
      <div class="form-foot">
        <button type="submit" class="button main" aria-disabled={checked === "asking" ? "true" : undefined}>
          {checked === "asking" ? "Checking…" : "Check"}
        </button>
        <p class="form-told" role="status">
          {checked !== null && checked !== "asking" && checked.ok && (
            <span class="told-good">
              <Icon name="check" />
              {greeting(written.token)}
            </span>
          )}
        </p>
      </div>
    </form>
  );
}

/** What of it is not in the settings. */
function unlike({ server, token }: Partial<Written>, settings: Settings): Partial<Written> {
  return {
    ...(server !== undefined && server !== settings.server && { server }),
    ...(token !== undefined && token !== settings.token && { token }),
  };
}

function greeting(token: string): string {
  const claims = claimsOf(token.trim());
  return claims ? `The server is there, and you are signed in as “${claims.userId}”.` : "The server is there.";
}

function faultOf(checked: Checked | "asking" | null): Fault | null {
  return checked === null || checked === "asking" || checked.ok ? null : FAULTS[checked.why];
}

const server = (words: string): Fault => ({ field: "server", words });
const token = (words: string): Fault => ({ field: "token", words });

const FAULTS: Readonly<Record<OfflineReason | RefusedReason, Fault>> = {
  lost: server("The connection was lost. Check again."),
  unreachable: server(
    "Nothing answers at this address. Start the server with “sidenote serve”, or correct the address.",
  ),
  not_ready: server("The server is there but can't work now. Check again in a moment; its log says more."),
  bad_address: server("That is no address of a server. Write it as http://HOST:PORT."),
  token_missing: token("The server is there. Now run “sidenote token” where it runs, and paste what it prints."),
  token_expired: token("This token has ended. Run “sidenote token” and paste the new one."),
  token_refused: token(
    "The server does not know this token. Run “sidenote token” where it runs, and paste what it prints.",
  ),
  origin_not_allowed: server(
    `The server turns this page away. Add ${globalThis.location?.origin} to SIDENOTE_ALLOWED_ORIGINS there, and start it again.`,
  ),
  too_many_connections: server("Too many pages are connected for you. Close some, then check again."),
};
