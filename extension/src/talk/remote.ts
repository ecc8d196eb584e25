// Talking from a page whose microphone is in the offscreen document: panel, popup, setup. Makes sure that the document is
// there, and comes back when it died; a key that was down then has to be pressed again.

import { type Backoff, createBackoff, waitMs } from "@sidenote/offscreen/backoff";
import type { ClockSample } from "../content/clock";
import { variable } from "../hub/observable";
import type { Engaged } from "../parts/messages";
import type { Subject } from "../parts/subject";
import type { TabId } from "../parts/tabs";
import type { FromView, ToView } from "./messages";
import { type Port, portOf, type RawPort } from "./port";
import { NO_REPLY } from "./problems";
import { SILENT, type Talk, type TalkCommand, type TalkState } from "./talk";

const LONGEST_WAIT_MS = 5_000;

/**
 * `connect`: opens a port of the offscreen document. `engage`: a person uses Sidenote on this tab, or on a page of ours
 * (null); it is there then.
 */
export function remoteTalk(
  connect: () => RawPort,
  engage: (tabId: TabId | null) => Promise<Engaged>,
  given: Partial<Backoff> = {},
): Talk {
  const backoff = createBackoff({ capMs: LONGEST_WAIT_MS, ...given });
  const state = variable<TalkState>(SILENT);
  const position = variable<ClockSample | null>(null);
  const listeners = new Set<(level: number) => void>();
  let port: Port<ToView, FromView> | null = null;
  let watched: Subject | null = null;
  let armed: Subject | null = null;
  let waiting: FromView[] = []; // for a port
  let entering: { readonly tabId: TabId | null } | null = null;
  let attempts = 0; // since the document last said something
  let timer: ReturnType<typeof setTimeout> | undefined;
  let isClosed = false;

  /** The document is there, and the tab's page speaks to it. */
  async function enter(tabId: TabId | null): Promise<void> {
    if (entering !== null && entering.tabId === tabId) return;
    clearTimeout(timer);
    const mine = { tabId };
    entering = mine;
    const engaged = await engage(tabId).catch(() => null);
    if (entering !== mine || isClosed) return;
    entering = null;
    if (engaged?.ok) {
      if (!port) open();
      return;
    }
    waiting = [];
    const problem = engaged ? { id: "not_allowed" as const, message: engaged.message } : NO_REPLY;
    state.set({ ...state.now, problem });
    if (!engaged && !port) again();
  }

  function open(): void {
    const opened = portOf<ToView, FromView>(connect());
    port = opened;
    opened.send({ type: "watch", subject: watched });
    if (listeners.size > 0) opened.send({ type: "levels", wanted: true });
    if (armed) opened.send({ type: "talk", command: { type: "arm", about: armed } });
    for (const message of waiting.splice(0)) opened.send(message);
    opened.listen(hear, lost);
  }

  function hear(message: ToView): void {
    attempts = 0;
    switch (message.type) {
      case "state":
        state.set(message.state);
        break;
      case "level":
        for (const listener of listeners) listener(message.level);
        break;
      case "position":
        position.set(message.sample);
    }
  }

  function lost(): void {
    port = null;
    state.set({ ...SILENT, link: "away" });
    position.set(null);
    waiting = [];
    again();
  }

  function again(): void {
    timer = setTimeout(() => void enter(watched?.tabId ?? null), waitMs(backoff, attempts++));
  }

  function send(command: TalkCommand): void {
    if (command.type === "arm") armed = command.about;
    if (command.type === "disarm") armed = null;
    const isToldAnyway = command.type === "arm" || command.type === "disarm"; // by `open`
    if (port) port.send({ type: "talk", command });
    else if (!isToldAnyway) waiting.push({ type: "talk", command });
    if (!port && "about" in command) void enter(command.about.tabId);
  }

  return {
    state,
    position,
    send,
    levels(onLevel) {
      listeners.add(onLevel);
      if (listeners.size === 1) port?.send({ type: "levels", wanted: true });
      return () => {
        if (listeners.delete(onLevel) && listeners.size === 0) port?.send({ type: "levels", wanted: false });
      };
    },
    watch(subject) {
      watched = subject;
      position.set(null);
      port?.send({ type: "watch", subject });
      if (subject !== null) void enter(subject.tabId);
    },
    command: (command) => port?.send({ type: "player", command }),
    close() {
      isClosed = true;
      clearTimeout(timer);
      port?.close();
      port = null;
    },
  };
}
