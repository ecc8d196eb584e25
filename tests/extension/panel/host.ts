// extension/src/panel/host.ts: a host whose microphone and player do what the test says, on a connection of its choice.

import { vi } from "vitest";
import type { ClockSample } from "../../../extension/src/content/clock";
import { variable } from "../../../extension/src/hub/observable";
import type { Hub } from "../../../extension/src/hub/socket";
import type { PanelHost } from "../../../extension/src/panel/host";
import { DEFAULTS, type Settings } from "../../../extension/src/parts/settings";
import type { Subject } from "../../../extension/src/parts/subject";
import { SILENT, type Talk, type TalkCommand, type TalkState } from "../../../extension/src/talk/talk";

export function practice(change: Partial<Subject> = {}): Subject {
  return {
    sessionId: crypto.randomUUID(),
    video: {
      platform: "practice",
      external_id: "practice",
      url: "sidenote:practice",
      title: "Practice",
      duration: 105,
    },
    tabId: 1,
    windowId: 1,
    ...change,
  };
}

export function scripted(hub: Hub, subject: Subject | null = practice(), given: Partial<Settings> = {}) {
  const state = variable<TalkState>(SILENT);
  const position = variable<ClockSample | null>(null);
  const settings = variable<Settings>({ ...DEFAULTS, ...given });
  const sent: TalkCommand[] = [];
  const talk = {
    state,
    position,
    levels: () => () => {},
    send: (command: TalkCommand) => void sent.push(command),
    watch: vi.fn(),
    command: vi.fn(),
    close: vi.fn(),
  } satisfies Talk;
  const host = {
    client: "test",
    settings,
    save: (change: Partial<Settings>) => settings.set({ ...settings.now, ...change }),
    hub: variable(hub),
    subject: variable(subject),
    obstacle: variable<string | null>(null),
    talk,
    openOptions: vi.fn(),
    allowMicrophone: vi.fn(),
    openVideo: vi.fn(),
    openPanel: vi.fn(),
  } satisfies PanelHost;
  const say = (change: Partial<TalkState>) => state.set({ ...state.now, ...change });
  return { ...host, host, sent, say };
}
