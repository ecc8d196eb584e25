// The server's address as a person writes it, and what follows from it.

export interface ServerAddress {
  /** Where phoenix.js connects; it adds `/websocket`. */
  readonly socket: string;
  readonly origin: string;
  readonly health: string;
  readonly readiness: string;
}

/** Null where nothing can be reached under what was written. */
export function serverAddress(written: string): ServerAddress | null {
  if (!URL.canParse(written.trim())) return null;
  const url = new URL(written.trim());
  if (!url.hostname || !/^(?:http|ws)s?:$/.test(url.protocol)) return null;
  const secure = url.protocol === "https:" || url.protocol === "wss:" ? "s" : "";
  const rest = `://${url.host}${url.pathname.replace(/\/+$/, "")}`;
  return {
    socket: `ws${secure}${rest}/socket`,
    origin: `http${secure}://${url.host}`,
    health: `http${secure}${rest}/healthz`,
    readiness: `http${secure}${rest}/readyz`,
  };
}
