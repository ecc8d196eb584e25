// What the hub's tests do as a page does: sockets of the real phoenix.js over `ws`, and waiting for what comes.

import WebSocket from "ws";
import { type Check, checkServer } from "../../../extension/src/hub/check";
import { type Hub, type HubOptions, openHub } from "../../../extension/src/hub/socket";
import type { Connection } from "../../../extension/src/view/view";

export type Transport = NonNullable<HubOptions["transport"]>;

export const TRANSPORT = WebSocket as unknown as Transport;

/** `ws` sends no origin by itself, a browser always does. */
export function transportOf(origin: string): Transport {
  class Page extends WebSocket {
    constructor(address: string, protocols?: string[]) {
      super(address, protocols, { origin });
    }
  }
  return Page as unknown as Transport;
}

/** As a page of that origin asks: Node sends none by itself, a browser always does. */
export function checkFrom(origin: string): Check {
  return (address, token) =>
    checkServer(address, token, (url, init) => {
      const headers = new Headers(init?.headers);
      headers.set("origin", origin);
      return fetch(url, { ...init, headers });
    });
}

/** A hub that comes back at once. */
export function pageHub(address: string, token: string | null, options: Partial<HubOptions> = {}): Hub {
  return openHub({ address, token: () => token, transport: TRANSPORT, random: () => 0.1, ...options });
}

export function until(hub: Hub, wanted: (connection: Connection) => boolean): Promise<Connection> {
  if (wanted(hub.connection.now)) return Promise.resolve(hub.connection.now);
  return new Promise((resolve) => {
    const stop = hub.connection.subscribe((connection) => {
      if (!wanted(connection)) return;
      stop();
      resolve(connection);
    });
  });
}

export const inState = (hub: Hub, state: Connection["state"]) => until(hub, (connection) => connection.state === state);

export interface Record<T> {
  readonly all: T[];
  readonly take: (action: T) => void;
  /** The first action from number `from` on that is wanted, now or as soon as it comes. */
  readonly next: (wanted: (action: T) => boolean, from?: number) => Promise<T>;
}

/** Keeps what is told. */
export function record<T>(): Record<T> {
  const all: T[] = [];
  const waiting = new Set<() => void>();
  return {
    all,
    take: (action) => {
      all.push(action);
      for (const look of [...waiting]) look();
    },
    next: (wanted, from = 0) =>
      new Promise((resolve) => {
        const look = () => {
          const found = all.slice(from).find(wanted);
          if (!found) return;
          waiting.delete(look);
          resolve(found);
        };
        waiting.add(look);
        look();
      }),
  };
}
