// The host of the server's own page: the practice video plays here, and the microphone is opened here. A video of the
// library that plays elsewhere is shown by its notes alone.

import { createWallClock, loadVad } from "@sidenote/offscreen";
import type { ClockSample } from "../content/clock";
import { playerControl } from "../content/player";
import { momentOf } from "../export/moment";
import { type Observable, variable } from "../hub/observable";
import type { LibraryVideo, PanelHost } from "../panel/host";
import { randomId } from "../panel/random";
import type { Settings } from "../parts/settings";
import type { Subject } from "../parts/subject";
import { hubsOf } from "../review/hubs";
import { openMicrophone } from "../setup/microphone";
import { PRACTICE_URL } from "../sites/practice";
import { openFeed } from "../talk/feed";
import { lazyVad } from "../talk/judge";
import { localTalk } from "../talk/local";
import { createStudio } from "../talk/studio";
import type { Talk } from "../talk/talk";
import type { KeptSettings } from "./settings";

const PRACTICE_TITLE = "Practice video";
const ELSEWHERE = "This video plays on its own page: open it there to talk about it. Notes can be typed here.";

/** A video that plays on another page, and the second to open it at. */
export interface Elsewhere {
  readonly video: LibraryVideo;
  readonly atS: number | null;
}

export interface WebHost extends PanelHost {
  /** Of the practice video. */
  readonly player: HTMLVideoElement;
  /** Null while the practice video is shown. */
  readonly elsewhere: Observable<Elsewhere | null>;
  readonly showPractice: () => void;
}

export function webHost({ settings, save }: KeptSettings, player: HTMLVideoElement): WebHost {
  const { hub } = hubsOf(settings, { saveToken: (token) => save({ token }) });
  const sessionIds = new Map<string, string>();
  const practice = variable<Subject>(
    subjectOf({ platform: "practice", external_id: "practice", url: PRACTICE_URL, title: PRACTICE_TITLE }),
  );
  const subject = variable<Subject | null>(practice.now);
  const obstacle = variable<string | null>(null);
  const elsewhere = variable<Elsewhere | null>(null);

  function subjectOf(video: Subject["video"]): Subject {
    const key = `${video.platform} ${video.external_id}`;
    const sessionId = sessionIds.get(key) ?? randomId();
    sessionIds.set(key, sessionId);
    return { sessionId, video, tabId: null, windowId: null };
  }

  player.addEventListener("loadedmetadata", () => {
    const { video } = practice.now;
    practice.set(subjectOf({ ...video, duration: player.duration }));
    if (elsewhere.now === null) subject.set(practice.now);
  });

  const studio = createStudio({
    hub,
    settings,
    clientId: randomId(),
    openMicrophone: (listener) => openMicrophone(settings.now)(listener),
    vad: lazyVad(loadJudge),
    opus: null,
  });
  const here = localTalk({ studio, subject: practice.now, video: player, wallMs: createWallClock() });
  addEventListener("pagehide", () => here.close());
  obeyVoice(hub, practice.now, player, settings);

  function showPractice(): void {
    elsewhere.set(null);
    obstacle.set(null);
    subject.set(practice.now);
  }

  function openVideo(video: LibraryVideo, atS: number | null): void {
    if (video.platform === "practice") {
      showPractice();
      if (atS !== null) here.command({ action: "seek", to_s: atS });
      return;
    }
    const { platform, externalId, url, title } = video;
    elsewhere.set({ video, atS });
    obstacle.set(ELSEWHERE);
    subject.set(subjectOf({ platform, external_id: externalId, url, title } as Subject["video"]));
  }

  return {
    client: "web page",
    settings,
    save,
    hub,
    subject,
    obstacle,
    talk: talkOf(here, elsewhere),
    player,
    elsewhere,
    showPractice,
    openVideo,
    openOptions: () => undefined, // the settings are a tab of the panel
    allowMicrophone: () => here.send({ type: "retry" }),
  };
}

/** The player of this page is the practice video's; of any other one, a second can be named only. */
function talkOf(here: Talk, elsewhere: ReturnType<typeof variable<Elsewhere | null>>): Talk {
  const position = variable<ClockSample | null>(here.position.now);
  const look = () => position.set(elsewhere.now === null ? here.position.now : null);
  here.position.subscribe(look);
  elsewhere.subscribe(look);
  return {
    ...here,
    position,
    command(command) {
      const shown = elsewhere.now;
      if (shown === null) here.command(command);
      else if ("to_s" in command) elsewhere.set({ ...shown, atS: command.to_s });
    },
  };
}

/** What is said to the player by voice, and the pause while somebody speaks. */
function obeyVoice(
  hub: PanelHost["hub"],
  subject: Subject,
  video: HTMLVideoElement,
  settings: Observable<Settings>,
): void {
  const player = playerControl();
  player.use(video);
  openFeed({
    hub,
    subject,
    tell(message) {
      if (message.type === "player_command") void player.obey(message.command);
      if (message.type === "speech") player.speaking(message.speaking, settings.now.pauseWhileSpeaking);
    },
  });
}

async function loadJudge() {
  const assets = new URL("assets/", document.baseURI);
  const model = await fetch(new URL("models/silero_vad_v6.onnx", assets)).then((file) => file.arrayBuffer());
  return loadVad({ model: new Uint8Array(model), wasmPaths: new URL("ort/", assets).href });
}

/** Where a video that plays elsewhere is opened. */
export function addressOf({ video, atS }: Elsewhere): string {
  return momentOf(video.url, atS);
}
