// The offscreen document without its browser: the studio, the desk where views talk, and the pages. The entrypoint
// carries messages and ports to it.

import { createWallClock, type OpenMicrophone, type OpusEncoder, type Vad } from "@sidenote/offscreen";
import { variable } from "../hub/observable";
import type { ToBackground, ToOffscreen, World } from "../parts/messages";
import type { Settings } from "../parts/settings";
import type { Recording } from "../parts/store";
import type { Subject } from "../parts/subject";
import type { TabId } from "../parts/tabs";
import { type HubsOptions, hubsOf } from "../review/hubs";
import { openDesk, type ViewPort } from "./desk";
import { createFigures, type Figures } from "./figures";
import { lazyVad } from "./judge";
import { createPages, type PagePort, type SubjectOf } from "./pages";
import { createStudio } from "./studio";
import type { TalkState } from "./talk";

export interface BoothOptions extends Pick<HubsOptions, "transport"> {
  readonly world: World;
  /** With these settings. */
  readonly openMicrophone: (settings: Settings) => OpenMicrophone;
  readonly loadVad: () => Promise<Vad>;
  readonly opus: OpusEncoder | null;
  readonly subjectOf: SubjectOf;
  readonly tell: (message: ToBackground) => void;
  /** Nothing is engaged, recorded, owed or connected, and has not been for a while. */
  readonly onIdle: () => void;
  readonly idleAfterMs?: number;
}

export interface Booth {
  readonly figures: Figures;
  view(port: ViewPort): void;
  page(tabId: TabId, port: PagePort): void;
  hear(message: ToOffscreen): void;
  close(): void;
}

const IDLE_MS = 10_000;

export function openBooth(options: BoothOptions): Booth {
  const {
    world,
    tell,
    openMicrophone,
    onIdle,
    idleAfterMs = IDLE_MS,
    loadVad,
    opus,
    subjectOf,
    ...connecting
  } = options;
  const settings = variable<Settings>(world.settings);
  const wallMs = createWallClock();
  const saveToken = (token: string): void => {
    settings.set({ ...settings.now, token }); // at once: the one before is good for a while only
    tell({ to: "background", type: "token", token });
  };
  const hubs = hubsOf(settings, { ...connecting, saveToken });
  const figures = createFigures(hubs.hub, settings, wallMs);
  const studio = createStudio({
    hub: hubs.hub,
    settings,
    clientId: world.clientId,
    openMicrophone: (listener) => openMicrophone(settings.now)(listener),
    vad: lazyVad(loadVad, figures.judged),
    opus,
    wallMs,
  });
  const pages = createPages({ hub: hubs.hub, settings, studio, subjectOf, listener: figures.listener, onChange: look });
  const desk = openDesk(studio, pages, look);
  let told = "null"; // of what is recorded
  let rest: ReturnType<typeof setTimeout> | undefined;

  function isIdle(): boolean {
    return desk.views === 0 && pages.count === 0 && studio.isIdle();
  }

  function look(): void {
    clearTimeout(rest);
    if (isIdle()) rest = setTimeout(onIdle, idleAfterMs);
  }

  function tellRecording(): void {
    const recording = recordingOf(studio.state.now, studio.subject());
    if (JSON.stringify(recording) !== told) tell({ to: "background", type: "recording", recording });
    told = JSON.stringify(recording);
  }

  studio.state.subscribe((state) => {
    figures.talked(state);
    tellRecording();
    look();
  });
  look();

  return {
    figures,
    view: (port) => desk.serve(port),
    page: (tabId, port) => pages.attend(tabId, port),
    hear(message) {
      switch (message.type) {
        case "world":
          settings.set(message.world.settings);
          break;
        case "moved":
          studio.move(message.windowId, message.subject);
          break;
        case "carried":
          studio.carry(message.tabId, message.windowId);
          tellRecording();
          break;
        case "toggle":
          studio.toggle(message.about);
          break;
        case "left":
          pages.leave(message.sessionId);
          studio.forget(message.sessionId);
      }
    },
    close() {
      clearTimeout(rest);
      figures.close();
      studio.close();
      hubs.close();
    },
  };
}

function recordingOf({ capture, mode }: TalkState, about: Subject | null): Recording {
  if (!["starting", "recording", "paused", "grace"].includes(capture)) return null;
  const tabId = capture === "paused" ? null : (about?.tabId ?? null); // paused: the active tab shows no video
  return { mode, windowId: about?.windowId ?? null, tabId };
}
