// What goes along with a page: follows its video, tells its clock, obeys, and draws over it. Everything that leaves or
// reaches it passes the ports; it opens no connection and never touches the microphone.

import { createWallClock } from "@sidenote/offscreen/wallclock";
import { placeOf } from "../sites/catalogue";
import { sampleClock } from "./clock";
import { type FollowEvent, type FollowedVideo, follow } from "./follow";
import { descriptionOf, PAGE_SETTINGS, type PagePorts, type PageSettings, type ToPage } from "./messages";
import type { Judge } from "./overlays/ghosts";
import type { ShownNote } from "./overlays/notes";
import { type Overlays, overlaysOn } from "./overlays/overlays";
import { type Obeyed, playerControl } from "./player";

export interface CompanionOptions {
  /** Address of the server's practice page; null where there is none. */
  readonly practice: string | null;
  readonly settings?: PageSettings;
  /** Of the overlays. Open in tests alone: a page could read a note there. */
  readonly shadow?: ShadowRootMode;
}

export interface Companion {
  /** A command is answered, everything else is not. */
  receive(message: ToPage): Promise<Obeyed | null>;
  /** Tells again which video there is, for a listener that came late. */
  repeat(): void;
  stop(): void;
}

export function accompany(page: Window, ports: PagePorts, options: CompanionOptions): Companion {
  const player = playerControl();
  const wallMs = createWallClock();
  let settings = options.settings ?? PAGE_SETTINGS;
  let notes: readonly ShownNote[] = [];
  let speech = { speaking: false, atS: null as number | null, heard: "" };
  let overlays: Overlays | null = null;
  let endClock = (): void => undefined;

  const judge: Judge = async (type, note) => {
    const answer = await ports.ask({ type, note_id: note.id, revision: note.revision });
    return answer.ok ? null : answer.message;
  };

  const draw = (): void => {
    const video = following.current();
    if (video === null || !settings.overlays) {
      overlays?.remove();
      overlays = null;
      return;
    }
    if (overlays === null) {
      overlays = overlaysOn(page, judge, options.shadow);
      placeOverlays(video);
    }
    overlays.show({ notes, anchorS: speech.atS, heard: speech.heard, emoji: settings.emoji });
  };

  const placeOverlays = ({ element, place }: FollowedVideo): void =>
    overlays?.over(
      element,
      () => place.site.progressBar(element),
      () => place.site.durationS(element),
    );

  const attend = (video: FollowedVideo): void => {
    const { element, place } = video;
    const interrupted = (): boolean => place.site.interrupted(element);
    endClock();
    endClock = sampleClock({ video: element, interrupted, wallMs }, (sample) =>
      ports.send({ type: "clock", sample, audible: !element.muted && element.volume > 0 }),
    );
    player.use(element, interrupted);
    placeOverlays(video);
  };

  const onEvent = (event: FollowEvent): void => {
    if (event.type === "video_gone") {
      endClock();
      endClock = () => undefined;
      player.use(null);
      notes = [];
      ports.send(event);
    } else {
      const isNew = event.type === "video_found" || event.what === "video";
      if (isNew) notes = [];
      ports.send({ ...event, video: descriptionOf(event.video) });
      if (isNew || (event.type === "video_changed" && event.what === "element")) attend(event.video);
    }
    draw();
  };

  const following = follow(page, (address) => placeOf(address, options.practice), onEvent);

  return {
    async receive(message) {
      switch (message.type) {
        case "player_command":
          return player.obey(message.command);
        case "notes":
          notes = message.notes;
          break;
        case "speech":
          if (message.speaking !== speech.speaking) player.speaking(message.speaking, settings.pauseWhileSpeaking);
          speech = message;
          break;
        case "settings":
          settings = message.settings;
      }
      draw();
      return null;
    },
    repeat() {
      const video = following.current();
      if (video !== null) ports.send({ type: "video_found", video: descriptionOf(video) });
    },
    stop() {
      following.stop();
      endClock();
      player.use(null);
      overlays?.remove();
      overlays = null;
    },
  };
}
