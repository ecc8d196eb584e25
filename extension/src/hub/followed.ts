// Follows one topic over as many connections as it takes, and shows no seam: every durable event once and in order, what
// was missed after a loss, and a snapshot where that can't be had. All followers of a topic in a page share one channel.

import type { Channel } from "phoenix";
import type { HubEvent, Snapshot, TopicAction } from "../view/action";
import type { Refusal, SessionPushes, UserPushes, VideoPushes } from "../wire/messages";
import type { Hub } from "./socket";

const ANSWER_MS = 21_000; // the server gives a command 20 s
const OFFLINE_MS = 10_000; // for a push that waits for a connection
const CLOSED_MS = 1_000; // before joining again what the server has closed

/** Refusals after which a topic is not asked for again. */
export const FOR_GOOD: ReadonlySet<string> = new Set(["forbidden", "not_found", "invalid", "unknown_topic"]);

export const NOT_SENT: Refusal = { reason: "offline", message: "There was no connection, so nothing was changed." };
export const NO_ANSWER: Refusal = { reason: "timeout", message: "The server did not answer: it may have been done." };
export const LEFT: Refusal = { reason: "unmatched topic", message: "This is no longer followed: reload the page." };

interface Pushes {
  readonly session: SessionPushes;
  readonly video: VideoPushes;
  readonly user: UserPushes;
}

export type Kind = keyof Pushes;
type Payload<P> = P extends { readonly payload: infer T } ? T : never;
type Response<P> = P extends { readonly response: infer T } ? T : never;

export type Pushed<T> = { readonly ok: true; readonly response: T } | { readonly ok: false; readonly refusal: Refusal };

export type Listener = (action: TopicAction) => void;

export interface Followed<K extends Kind> {
  readonly topic: `${K}:${string}`;
  /** Never rejects: a refusal, no connection and no answer are results. */
  readonly push: <E extends keyof Pushes[K] & string>(
    event: E,
    payload: Payload<Pushes[K][E]>,
  ) => Promise<Pushed<Response<Pushes[K][E]>>>;
  /** Ask for a snapshot. */
  readonly refresh: () => void;
  /** The last follower of the topic leaves it. */
  readonly close: () => void;
}

/** `params` are said at each join, beside the place; those of the first follower count. */
export function follow<K extends Kind>(
  hub: Hub,
  topic: `${K}:${string}`,
  listener: Listener,
  params: Readonly<Record<string, unknown>> = {},
): Followed<K> {
  const topics = topicsOf(hub);
  const held = topics.get(topic);
  const shared = held ?? openTopic(hub, topic, params, () => topics.delete(topic));
  if (!held) topics.set(topic, shared);
  const listen: Listener = (action) => listener(action);
  shared.listeners.add(listen);
  if (held?.hasHistory()) held.refresh(); // a late follower needs a beginning
  return {
    topic,
    push: shared.push as Followed<K>["push"],
    refresh: shared.refresh,
    close: () => {
      if (shared.listeners.delete(listen) && shared.listeners.size === 0) shared.leave();
    },
  };
}

interface Topic {
  readonly listeners: Set<Listener>;
  /** It was joined, and what came then is not told again. */
  readonly hasHistory: () => boolean;
  readonly push: (event: string, payload: object) => Promise<Pushed<unknown>>;
  readonly refresh: () => void;
  readonly leave: () => void;
}

const shares = new WeakMap<Hub, Map<string, Topic>>();

function topicsOf(hub: Hub): Map<string, Topic> {
  const topics = shares.get(hub) ?? new Map<string, Topic>();
  shares.set(hub, topics);
  return topics;
}

interface Place {
  readonly epoch: string;
  readonly last_seq: number;
}

interface Joined {
  readonly epoch?: string;
  readonly seq?: number;
  readonly recovered?: boolean;
  readonly events?: readonly HubEvent[];
  readonly snapshot?: Snapshot;
}

function openTopic(hub: Hub, topic: string, params: object, forget: () => void): Topic {
  const listeners = new Set<Listener>();
  const waiting = new Set<(refusal: Refusal) => void>(); // pushes that phoenix.js keeps until the topic is joined
  const sent = new Set<(refusal: Refusal) => void>(); // pushes that wait for their answers
  let place: Place | null = null;
  let entries = 0;
  let isLive = false; // joined, and nothing is missing
  let ended: Refusal | null = null;
  let reopening: ReturnType<typeof setTimeout> | undefined;
  let channel = enter();

  function enter(): Channel {
    const entered = hub.socket.channel(topic, () => ({ ...params, ...place }));
    entries += 1;
    const mine = entries;
    const ifCurrent = (act: (given: never) => void) => (given: unknown) => {
      if (mine === entries && !ended) act(given as never);
    };
    entered.onMessage = (event, payload) => {
      if (mine === entries && isLive && !isInternal(event)) take({ event, payload } as HubEvent);
      return payload;
    };
    entered.onError(ifCurrent(lost));
    entered.onClose(ifCurrent(closed));
    entered.join().receive("ok", ifCurrent(joined)).receive("error", ifCurrent(refused));
    return entered;
  }

  function tell(action: TopicAction): void {
    for (const listener of [...listeners]) listener(action);
  }

  function joined(response: Joined): void {
    isLive = true;
    for (const refuse of waiting) sent.add(refuse);
    waiting.clear();
    const { epoch, seq, recovered, events = [], snapshot } = response;
    if (epoch === undefined || seq === undefined) {
      tell({ kind: "caught_up", topic }); // video:new keeps no history
    } else if (!recovered) {
      place = { epoch, last_seq: seq };
      if (snapshot) tell({ kind: "snapshot", topic, snapshot });
    } else {
      for (const missed of events) if (isLive) take(missed);
      if (ended) return;
      if (isLive && place?.epoch === epoch && place.last_seq === seq) tell({ kind: "caught_up", topic });
      else refresh(); // history has a hole
    }
  }

  function take(event: HubEvent): void {
    const seq = (event.payload as { readonly seq?: number }).seq;
    if (place && seq !== undefined) {
      if (seq <= place.last_seq) return;
      if (seq > place.last_seq + 1) {
        rejoin(); // the server sends what is missing
        return;
      }
      place = { ...place, last_seq: seq };
    }
    tell({ kind: "event", topic, ...event });
  }

  function rejoin(): void {
    if (ended) return;
    abandon();
    entries += 1; // nothing of the channel before counts
    channel.leave();
    channel = enter();
  }

  function refresh(): void {
    place = null;
    rejoin();
  }

  /** The connection or the topic broke off; phoenix.js joins again. */
  function lost(): void {
    isLive = false;
    settle(sent, NO_ANSWER);
  }

  /** Closed without being asked. */
  function closed(): void {
    abandon();
    reopening = setTimeout(rejoin, CLOSED_MS);
  }

  function refused(refusal: Refusal): void {
    const forGood = FOR_GOOD.has(refusal.reason);
    if (refusal.reason === "token_expired") hub.tokenChanged();
    if (forGood) end(refusal);
    tell({ kind: "topic_refused", topic, refusal, forGood });
  }

  function end(refusal: Refusal): void {
    if (ended) return;
    ended = refusal;
    clearTimeout(reopening);
    forget();
    abandon();
    channel.leave();
  }

  /** The channel is given up: no answer comes on it, and what waits in it is never sent. */
  function abandon(): void {
    lost();
    settle(waiting, NOT_SENT);
  }

  function push(event: string, payload: object): Promise<Pushed<unknown>> {
    if (ended) return Promise.resolve({ ok: false, refusal: ended });
    return new Promise((resolve) => {
      const refuse = (refusal: Refusal) => settled({ ok: false, refusal });
      const settled = (result: Pushed<unknown>) => {
        waiting.delete(refuse);
        sent.delete(refuse);
        resolve(result);
      };
      (isLive ? sent : waiting).add(refuse);
      channel
        .push(event, payload, isLive ? ANSWER_MS : OFFLINE_MS)
        .receive("ok", (response) => settled({ ok: true, response }))
        .receive("error", refuse)
        .receive("timeout", () => refuse(waiting.has(refuse) ? NOT_SENT : NO_ANSWER));
    });
  }

  return { listeners, hasHistory: () => place !== null, push, refresh, leave: () => end(LEFT) };
}

function settle(pushes: Set<(refusal: Refusal) => void>, refusal: Refusal): void {
  for (const refuse of [...pushes]) refuse(refusal);
}

/** What phoenix.js says to itself. */
function isInternal(event: string): boolean {
  return event.startsWith("phx_") || event.startsWith("chan_reply_");
}
