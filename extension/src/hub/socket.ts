// The one socket of a page: connects, comes back after every loss, keeps its token fresh and tells how the connection
// stands. Topics are followed in followed.ts; a server closes a connection on which nothing is joined for ten seconds.

import { createBackoff, waitMs } from "@sidenote/offscreen/backoff";
import { Socket, type SocketConnectOption } from "phoenix";
import type { Connection, OfflineReason, RefusedReason } from "../view/view";
import { serverAddress } from "./address";
import { type Check, checkServer } from "./check";
import { type Observable, variable } from "./observable";

const HEARTBEAT_MS = 20_000;
const FIRST_WAIT_MS = 200;
const LONGEST_WAIT_MS = 5_000;
const LONGEST_REFUSED_WAIT_MS = 30_000; // somebody has to act first
const REJOIN_WAIT_MS = 10_000;
const TRY_LATER = 1013;

export interface HubOptions {
  /** As the person wrote it, such as `http://127.0.0.1:8765`. */
  readonly address: string;
  /** The newest token, or null; asked at each attempt. */
  readonly token: () => string | null;
  /** Gets a newer token, if there is a way, so that `token` returns it. */
  readonly renew?: () => Promise<void>;
  /** Instead of the page's own: for tests under Node. */
  readonly transport?: SocketConnectOption["transport"];
  readonly check?: Check;
  readonly nowMs?: () => number;
  readonly random?: () => number;
}

export interface Hub {
  readonly socket: Socket;
  readonly connection: Observable<Connection>;
  /** The settings hold another token: use it, on the connection that is open or on a new one. */
  readonly tokenChanged: () => void;
  /** Connect now instead of after the wait. */
  readonly retry: () => void;
  readonly close: () => void;
}

export function openHub(options: HubOptions): Hub {
  const { nowMs = Date.now, random = Math.random, check = checkServer } = options;
  const address = serverAddress(options.address);
  const connection = variable<Connection>({ state: "connecting" });
  const wait = (attempt: number, capMs: number): number =>
    waitMs(createBackoff({ baseMs: FIRST_WAIT_MS, capMs, random }), attempt);
  let shown = ""; // the token that the server has, or is being shown
  let isAsking = false;
  let isClosed = false;
  let tokenRef: string | null = null; // of the push of a new token that is not answered yet

  const socket = new Socket(address?.socket ?? "ws://invalid.invalid/socket", {
    authToken: nextToken as unknown as string, // phoenix.js takes a function; its types do not know
    vsn: "2.0.0",
    heartbeatIntervalMs: HEARTBEAT_MS,
    reconnectAfterMs: (tries) => wait(tries - 1, isRefused() ? LONGEST_REFUSED_WAIT_MS : LONGEST_WAIT_MS),
    rejoinAfterMs: (tries) => wait(tries, REJOIN_WAIT_MS),
    ...(options.transport ? { transport: options.transport } : {}),
  });

  function nextToken(): string {
    shown = options.token() ?? "";
    return shown;
  }

  const isRefused = () => connection.now.state === "refused";

  /** There is no connection; since when stays what it was. */
  function away(why: OfflineReason | RefusedReason): void {
    const { now } = connection;
    if ("why" in now && now.why === why) return;
    const sinceMs = "sinceMs" in now ? now.sinceMs : nowMs();
    const isOffline = why === "lost" || why === "unreachable" || why === "not_ready";
    connection.set(isOffline ? { state: "offline", sinceMs, why } : { state: "refused", sinceMs, why });
  }

  /** A page can't read the answer to a handshake, so the server is asked what it would say to one now. */
  async function findOutWhy(): Promise<void> {
    if (isAsking || isClosed || !address) return;
    isAsking = true;
    const checked = await check(options.address, shown);
    isAsking = false;
    if (isClosed || socket.isConnected()) return;
    const why = checked.ok ? "not_ready" : checked.why; // it would be taken by now, or no websocket gets through
    away(why);
    if (why !== "token_missing" && why !== "token_expired" && why !== "token_refused") return;
    await renewed();
    if ((options.token() ?? "") !== shown) retry();
  }

  /** A newer token may be had now, or not. */
  async function renewed(): Promise<void> {
    try {
      await options.renew?.();
    } catch {
      // There is none to be had: the person is told when the connection ends.
    }
  }

  /** Give the open connection the newest token. */
  function pushToken(): void {
    const token = options.token();
    if (tokenRef !== null || !token || token === shown || !socket.isConnected()) return;
    shown = token;
    tokenRef = socket.makeRef();
    socket.push({ topic: "phoenix", event: "token", payload: { token }, ref: tokenRef, join_ref: null });
  }

  /** Break the connection, so that its channels know; it does not come back without a token. */
  function signOut(): void {
    (socket as unknown as { readonly conn: Pick<WebSocket, "close"> | null }).conn?.close(); // its types leave it out
  }

  function retry(): void {
    if (isClosed || !address || socket.isConnected()) return;
    socket.disconnect();
    socket.connect();
  }

  socket.onOpen(() => {
    tokenRef = null;
    connection.set({ state: "online" });
  });
  socket.onClose((event) => {
    if (isClosed) return;
    if (event.code === TRY_LATER) away("too_many_connections");
    else if (connection.now.state === "online") away("lost");
  });
  socket.onError(() => {
    if (connection.now.state !== "online") void findOutWhy();
  });
  socket.onMessage((message) => {
    const { event, ref } = message as { event: string; ref: string | null };
    if (event === "token_expired") void renewed().then(pushToken);
    if (tokenRef !== null && ref === tokenRef) {
      tokenRef = null;
      pushToken(); // there may be a newer one by now
    }
  });

  if (address) socket.connect();
  else away("bad_address");
  return {
    socket,
    connection,
    tokenChanged: () => {
      if (!socket.isConnected()) retry();
      else if (options.token()) pushToken();
      else signOut();
    },
    retry,
    close: () => {
      isClosed = true;
      socket.disconnect();
    },
  };
}
