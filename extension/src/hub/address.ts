// The server's address as a person writes it, and what follows from it. It may lie below a path, behind a proxy.

export interface ServerAddress {
  /** As it is kept and shown: http or https, without a slash at its end. */
  readonly server: string;
  /** Where phoenix.js connects; it adds `/websocket`. */
  readonly socket: string;
  readonly origin: string;
  /** Where it is said whether a connection would be taken. */
  readonly check: string;
  /** Where a token is exchanged for a newer one. */
  readonly token: string;
}

const HOW = "Write it as http://HOST:PORT, as `sidenote serve` prints it.";

/** Null where nothing can be reached under what was written; `addressFault` says why. */
export function serverAddress(written: string): ServerAddress | null {
  const url = read(written);
  if (url === null || addressFault(written) !== null) return null;
  const path = url.pathname.replace(/\/+$/, "").replace(/\/socket(?:\/websocket)?$/, "");
  const server = url.origin + path;
  return {
    server,
    socket: `${server.replace(/^http/, "ws")}/socket`,
    origin: url.origin,
    check: `${server}/socket/check`,
    token: `${server}/v1/token`,
  };
}

/** What is wrong with an address, and how to write it; null where it can be used. */
export function addressFault(written: string): string | null {
  const url = read(written);
  if (url === null || url.hostname === "") return `That is no address of a server. ${HOW}`;
  if (url.protocol !== "http:" && url.protocol !== "https:") return `A server is reached by http or https. ${HOW}`;
  const isNamed = url.username !== "" || url.password !== "";
  return isNamed ? `Names and passwords don't belong into the address. ${HOW}` : null;
}

/** Http where no scheme is written; ws is http to us. */
function read(written: string): URL | null {
  const trimmed = written.trim();
  const whole = /^[a-z][a-z\d+.-]*:\/\//i.test(trimmed) ? trimmed : `http://${trimmed}`;
  const asHttp = whole.replace(/^ws(s?):/i, "http$1:");
  return URL.canParse(asHttp) ? new URL(asHttp) : null;
}
