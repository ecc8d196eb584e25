// Being joined to `audio:{session}`, whatever becomes of the connection: joins, joins again, waits where the server is
// busy, and stops where only a person can help. Says nothing about samples.

import { type Backoff, waitMs } from "./backoff";
import type { Channel, JoinParams, Push, Reply } from "./channel";
import { type Refusal, readJoinRefusal } from "./refusals";

/** `away`: not joined, tried again by itself. `refused`: not before `retry()`. */
export type LinkState = "joining" | "joined" | "away" | "refused";

export type LinkOptions = Readonly<{
  openChannel: (params: () => JoinParams) => Channel;
  params: () => JoinParams;
  backoff: Backoff;
  onJoined: (reply: Reply) => void;
  onAck: (reply: Reply) => void;
  /** Joined no more, or about to be joined anew: what is on its way does not count. */
  onLost: () => void;
  onRefusal: (refusal: Refusal) => void;
}>;

export type Link = {
  readonly state: LinkState;
  /** Something may be pushed now. */
  readonly isOpen: boolean;
  /** Null where nothing may be pushed: phoenix.js would keep it, and send it before what is owed. */
  push(event: string, payload: object): Push | null;
  join(): void;
  /** Leave, and join after so long and a random while that grows. */
  joinLater(afterMs?: number): void;
  /** Leave, and join at once: with other params. */
  joinAnew(): void;
  retry(): void;
  /** All is well: the next random while is short again. */
  steady(): void;
  close(): void;
};

export function createLink(options: LinkOptions): Link {
  let channel: Channel | null = null;
  let state: LinkState = "away";
  let attempts = 0;
  let timer: ReturnType<typeof setTimeout> | null = null; // before another join

  function join(): void {
    if (channel || timer || state === "refused") return;
    state = "joining";
    const opened = options.openChannel(options.params);
    channel = opened;
    const ifCurrent =
      (act: (reply: Reply) => void) =>
      (reply: Reply = {}): void => {
        if (channel === opened) act(reply);
      };
    opened.on("ack", ifCurrent(options.onAck));
    opened.onError(() => {
      if (channel === opened) away(); // phoenix.js joins again by itself
    });
    opened.onClose(() => {
      if (channel !== opened) return;
      channel = null;
      waitForPerson({
        kind: "replaced",
        message: "Another copy of this client records in this session: close one of them.",
      });
    });
    const joined = ifCurrent((reply) => {
      state = "joined";
      options.onJoined(reply);
    });
    opened.join().receive("ok", joined).receive("error", ifCurrent(turnedAway));
  }

  function turnedAway(reply: Reply): void {
    const { next, refusal } = readJoinRefusal(reply);
    if (next === "person" && refusal) {
      waitForPerson(refusal);
      return;
    }
    if (next === "after") joinLater(refusal?.kind === "busy" ? refusal.retryAfterMs : 0);
    else away();
    if (refusal) options.onRefusal(refusal);
  }

  function waitForPerson(refusal: Refusal): void {
    leave();
    state = "refused";
    options.onLost();
    options.onRefusal(refusal);
  }

  function away(): void {
    state = "away";
    options.onLost();
  }

  function joinLater(afterMs = 0): void {
    leave();
    timer = setTimeout(() => {
      timer = null;
      join();
    }, afterMs + waitMs(options.backoff, attempts++));
    away();
  }

  function leave(): void {
    const left = channel;
    channel = null; // first: what it says from here on is not heard
    state = "away";
    left?.leave();
    if (timer) clearTimeout(timer);
    timer = null;
  }

  function isOpen(): boolean {
    return state === "joined" && (channel?.canPush?.() ?? true);
  }

  return {
    get state() {
      return state;
    },
    get isOpen() {
      return isOpen();
    },
    push: (event, payload) => (isOpen() ? (channel?.push(event, payload) ?? null) : null),
    join,
    joinLater,
    joinAnew() {
      leave();
      options.onLost();
      join();
    },
    retry() {
      if (state !== "refused") return;
      state = "away";
      join();
    },
    steady() {
      attempts = 0;
    },
    close: leave,
  };
}
