// Whether a server would take a connection with this token, asked once over plain HTTP: nothing is connected.

import type { OfflineReason, RefusedReason } from "../view/view";
import { serverAddress } from "./address";

const ASK_MS = 6_000;
const REASONS: ReadonlySet<string> = new Set<RefusedReason | OfflineReason>([
  "token_missing",
  "token_expired",
  "token_refused",
  "origin_not_allowed",
  "too_many_connections",
  "not_ready",
]);

export type Checked = { readonly ok: true } | { readonly ok: false; readonly why: OfflineReason | RefusedReason };
/** Never rejects: a server that is not there is an answer. */
export type Check = (address: string, token: string) => Promise<Checked>;

export async function checkServer(address: string, token: string, fetch = globalThis.fetch): Promise<Checked> {
  const server = serverAddress(address);
  if (server === null) return { ok: false, why: "bad_address" };
  try {
    const answer = await fetch(server.check, {
      method: "POST", // so that the browser says who asks
      headers: token === "" ? {} : { authorization: `Bearer ${encodeURIComponent(token)}` },
      credentials: "omit",
      cache: "no-store",
      signal: AbortSignal.timeout(ASK_MS),
    });
    if (answer.ok) return { ok: true };
    if (answer.status >= 500) return { ok: false, why: "not_ready" }; // a proxy says so in words of its own
    const { reason } = (await answer.json()) as { readonly reason?: unknown };
    return { ok: false, why: isReason(reason) ? reason : "not_ready" };
  } catch {
    return { ok: false, why: "unreachable" }; // nobody there, or nobody who speaks like Sidenote
  }
}

function isReason(reason: unknown): reason is OfflineReason | RefusedReason {
  return typeof reason === "string" && REASONS.has(reason);
}
