// What the content script says and hears. The entrypoint carries it; nothing here knows how.

import type { Chapter, Cue, Platform } from "../sites/adapter";
import type { ClockSample } from "./clock";
import type { FollowedVideo } from "./follow";
import type { ShownNote } from "./overlays/notes";
import type { PlayerCommand } from "./player";

/** Named as in the push `video_detected`, whose payload it is. */
export interface VideoDescription {
  readonly platform: Platform;
  readonly external_id: string;
  readonly url: string;
  readonly title?: string;
  readonly duration?: number;
  readonly chapters?: readonly Chapter[];
  readonly cues?: readonly Cue[];
}

export type FromPage =
  | { readonly type: "video_found"; readonly video: VideoDescription }
  | {
      readonly type: "video_changed";
      readonly video: VideoDescription;
      readonly what: "video" | "element" | "details";
    }
  | { readonly type: "video_gone" }
  /** `audible`: the film's sound is on. */
  | { readonly type: "clock"; readonly sample: ClockSample; readonly audible: boolean };

/** Answered; a click on an overlay. */
export interface PageQuestion {
  readonly type: "confirm_note" | "scratch_note";
  readonly note_id: string;
  readonly revision: number;
}

export type PageAnswer = { readonly ok: true } | { readonly ok: false; readonly message: string };

export type ToPage =
  | { readonly type: "player_command"; readonly command: PlayerCommand }
  /** All notes of the video, in the order of their making. */
  | { readonly type: "notes"; readonly notes: readonly ShownNote[] }
  /** `atS`: where the speech began, null when it is over or not known. `heard`: its text so far. */
  | { readonly type: "speech"; readonly speaking: boolean; readonly atS: number | null; readonly heard: string }
  | { readonly type: "settings"; readonly settings: PageSettings };

export interface PageSettings {
  readonly pauseWhileSpeaking: boolean;
  readonly overlays: boolean;
  readonly emoji: boolean;
}

export const PAGE_SETTINGS: PageSettings = { pauseWhileSpeaking: false, overlays: true, emoji: false };

export interface PagePorts {
  send(message: FromPage): void;
  ask(question: PageQuestion): Promise<PageAnswer>;
}

export function descriptionOf({ place, details }: FollowedVideo): VideoDescription {
  const { title, durationS, chapters, cues } = details;
  return {
    platform: place.site.platform,
    external_id: place.externalId,
    url: place.url,
    ...(title === "" ? {} : { title }),
    ...(durationS === null ? {} : { duration: durationS }),
    ...(chapters.length === 0 ? {} : { chapters }),
    ...(cues.length === 0 ? {} : { cues }),
  };
}
