// The connection that the settings ask for: another one where the address changes, the same one with a newer token
// otherwise. Keeps the token fresh for as long as the page lives.

import { type Observable, variable } from "../hub/observable";
import { renewalMs, renewed } from "../hub/renewal";
import { type Hub, type HubOptions, openHub } from "../hub/socket";
import type { Settings } from "../parts/settings";

const LONGEST_TIMER_MS = 24 * 3600 * 1000; // longer ones end at once
const AGAIN_MS = 60_000; // after the server gave no new token

export interface Hubs {
  readonly hub: Observable<Hub>;
  readonly close: () => void;
}

export type HubsOptions = Pick<HubOptions, "transport"> & {
  /** Keeps a token that was renewed, so that `settings` has it. */
  readonly saveToken: (token: string) => void;
};

export function hubsOf(settings: Observable<Settings>, options: HubsOptions): Hubs {
  const { saveToken, ...rest } = options;
  let timer: ReturnType<typeof setTimeout> | undefined;
  let { server, token } = settings.now;
  const hub = variable(open());

  function open(): Hub {
    const opened = openHub({ ...rest, address: server, token: () => settings.now.token || null, renew });
    schedule();
    return opened;
  }

  /** Also asked by a connection whose token has ended, and is given some seconds. */
  async function renew(): Promise<void> {
    const [asked, old] = [server, settings.now.token];
    const next = await renewed(asked, old);
    const isStillWanted = server === asked && settings.now.token === old; // the person may have changed either meanwhile
    if (next !== null && isStillWanted) saveToken(next);
  }

  function schedule(): void {
    clearTimeout(timer);
    const dueMs = renewalMs(settings.now.token);
    if (dueMs === null) return;
    const waitMs = Math.min(LONGEST_TIMER_MS, Math.max(0, dueMs - Date.now()));
    timer = setTimeout(() => void renewOrLater(dueMs), waitMs);
  }

  async function renewOrLater(dueMs: number): Promise<void> {
    if (Date.now() >= dueMs) await renew().catch(() => undefined);
    if (Date.now() < (renewalMs(settings.now.token) ?? 0)) schedule();
    else timer = setTimeout(() => void renewOrLater(dueMs), AGAIN_MS);
  }

  const end = settings.subscribe((next) => {
    const changed = next.server !== server;
    const isNewToken = next.token !== token;
    ({ server, token } = next);
    if (changed) {
      hub.now.close();
      hub.set(open());
    } else if (isNewToken) {
      hub.now.tokenChanged();
      schedule();
    }
  });

  return {
    hub,
    close: () => {
      end();
      clearTimeout(timer);
      hub.now.close();
    },
  };
}
