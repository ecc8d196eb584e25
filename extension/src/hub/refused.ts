// Why a connection did not come about. A page can't read the answer to a websocket's handshake, so this asks whether the
// server is there at all, and looks at the token; what is left is the origin.

import type { OfflineReason, RefusedReason } from "../view/view";
import type { ServerAddress } from "./address";
import { claimsOf } from "./token";

const ASK_MS = 4000;

export type Fetch = (address: string, options: RequestInit) => Promise<Pick<Response, "status">>;

export interface Handshake {
  readonly address: ServerAddress;
  readonly token: string;
  readonly nowMs: number;
  /** The page's own origin, if it has one. */
  readonly origin: string | undefined;
  /** This page has been connected to this server before, so its origin is allowed. */
  readonly wasOnline: boolean;
}

export async function whyRefused(handshake: Handshake, fetch: Fetch): Promise<OfflineReason | RefusedReason> {
  const answer = await ask(handshake.address, fetch);
  return answer === "ready" ? whyTurnedAway(handshake) : answer;
}

/** What is wrong with a handshake that a server which is ready did not grant. */
export function whyTurnedAway({ token, nowMs, origin, address, wasOnline }: Handshake): RefusedReason {
  if (token === "") return "token_missing";
  const claims = claimsOf(token);
  if (!claims) return "token_refused";
  if (claims.expiresMs <= nowMs) return "token_expired";
  return wasOnline || origin === undefined || origin === address.origin ? "token_refused" : "origin_not_allowed";
}

async function ask(address: ServerAddress, fetch: Fetch): Promise<"ready" | "not_ready" | "unreachable"> {
  try {
    const { status } = await fetch(address.readiness, options("cors"));
    return status === 503 ? "not_ready" : "ready";
  } catch {
    // Nobody there, or a page that may not read the answer.
  }
  try {
    await fetch(address.health, options("no-cors"));
    return "ready";
  } catch {
    return "unreachable";
  }
}

function options(mode: RequestMode): RequestInit {
  return { mode, cache: "no-store", credentials: "omit", signal: AbortSignal.timeout(ASK_MS) };
}
