// A token that stays good for as long as it is used: half of its life before it ends, the server gives a new one for it.

import { serverAddress } from "./address";
import { claimsOf } from "./token";

const ASK_MS = 10_000;

/** When a token should be renewed, as Unix milliseconds; null where it can't be told. */
export function renewalMs(token: string): number | null {
  const claims = claimsOf(token);
  return claims === null || claims.issuedMs === null ? null : (claims.issuedMs + claims.expiresMs) / 2;
}

/** A new token for one that is still good; null where the server gives none. Raises what fetch raises. */
export async function renewed(address: string, token: string): Promise<string | null> {
  const server = serverAddress(address);
  if (server === null) return null;
  const answer = await fetch(server.token, {
    method: "POST",
    headers: { authorization: `Bearer ${token}` },
    credentials: "omit",
    cache: "no-store",
    signal: AbortSignal.timeout(ASK_MS),
  });
  if (!answer.ok) return null;
  const { token: next } = (await answer.json()) as { readonly token?: unknown };
  return typeof next === "string" && claimsOf(next) ? next : null;
}
