// What passes over the ports of the offscreen document: `talk` from panel and popup, `page` from content scripts.

import type { ClockSample } from "../content/clock";
import type { PageAnswer, PageQuestion, ToPage } from "../content/messages";
import type { PlayerCommand } from "../content/player";
import type { Subject } from "../parts/subject";
import type { TalkCommand, TalkState } from "./talk";

export const TALK_PORT = "talk";
export const PAGE_PORT = "page";

export type FromView =
  | { readonly type: "talk"; readonly command: TalkCommand }
  | { readonly type: "watch"; readonly subject: Subject | null }
  | { readonly type: "player"; readonly command: PlayerCommand }
  /** Whether `level` is wanted. */
  | { readonly type: "levels"; readonly wanted: boolean };

export type ToView =
  | { readonly type: "state"; readonly state: TalkState }
  | { readonly type: "level"; readonly level: number }
  | { readonly type: "position"; readonly sample: ClockSample | null };

export type OverPagePort =
  /** First, and again when the page shows another video; null: it shows none. */
  | { readonly type: "about"; readonly subject: Subject | null }
  /** `audible`: the film's sound is on. */
  | { readonly type: "clock"; readonly sample: ClockSample; readonly audible: boolean }
  | { readonly type: "question"; readonly id: number; readonly question: PageQuestion };

export type BackPagePort =
  | { readonly type: "to_page"; readonly message: ToPage }
  | { readonly type: "answer"; readonly id: number; readonly answer: PageAnswer };
