// Practising: the panel's own way from a voice to a note, about the film that comes with the server. It connects when a
// person comes to it.

import { type Observable, variable } from "../hub/observable";
import type { PanelHost } from "../panel/host";
import { randomId } from "../panel/random";
import type { Engaged, ToBackground } from "../parts/messages";
import type { Settings } from "../parts/settings";
import type { Subject } from "../parts/subject";
import type { TabId } from "../parts/tabs";
import { hubsOf } from "../review/hubs";
import { PRACTICE_URL } from "../sites/practice";
import { TALK_PORT } from "../talk/messages";
import { remoteTalk } from "../talk/remote";
import { openPage } from "./pages";

export const SENTENCE = "The logo comes in too late.";

const FILM = { platform: "practice", external_id: "practice", url: PRACTICE_URL };

export type PracticeOptions = Pick<PanelHost, "save" | "openOptions"> & { readonly settings: Observable<Settings> };

/** In a review of its own, apart from whatever else is said of the film. */
export function practiceHost({ settings, save, openOptions }: PracticeOptions): PanelHost {
  const engage = (tabId: TabId | null) =>
    chrome.runtime.sendMessage<ToBackground, Engaged>({ to: "background", type: "engage", tabId });
  const talk = remoteTalk(() => chrome.runtime.connect({ name: TALK_PORT }), engage);
  addEventListener("pagehide", () => talk.close());
  return {
    client: "setup",
    settings,
    save,
    hub: hubsOf(settings, { saveToken: (token) => save({ token }) }).hub,
    subject: variable<Subject | null>({ sessionId: randomId(), video: FILM, tabId: null, windowId: null }),
    obstacle: variable<string | null>(null),
    talk,
    openOptions,
    openVideo: ({ url }) => openPage(url),
    allowMicrophone: () => openPage("microphone.html#microphone"),
  };
}
