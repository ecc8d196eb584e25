// What any page with a video has: a title, text tracks, a slider near the player. Adapters take it and change what
// their site does otherwise. Never turns a track on: that would load it.

import { type Chapter, type Cue, MAX_CHAPTERS, MAX_CUES, type PageReader } from "./adapter";

const BARS = [
  ".vjs-progress-holder",
  ".plyr__progress",
  ".jw-slider-time",
  ".shaka-seek-bar-container",
  "media-time-range",
  '[role="slider"][aria-label*="seek" i]',
  '[role="slider"][aria-label*="progress" i]',
  '[role="slider"][aria-label*="time" i]',
  '[role="progressbar"]',
  'input[type="range"][max]',
];
const NEAR = 4; // ancestors of the video that may hold its bar
const WIDE = 0.4; // of the video: a shorter slider is that of the volume

export const ordinary: PageReader = {
  title: (page) => page.title.trim(),
  player: () => null,
  durationS: (video) => (Number.isFinite(video.duration) && video.duration > 0 ? video.duration : null),
  chapters: (_page, video) =>
    cuesIn(video, ["chapters"], MAX_CHAPTERS).map(({ text, start }): Chapter => ({ title: text, start })),
  cues: (video) => cuesIn(video, ["subtitles", "captions"], MAX_CUES),
  progressBar: (video) => barNear(video, BARS),
  interrupted: () => false,
};

/** The cues of the first track of these kinds that the page has loaded. */
function cuesIn(video: HTMLVideoElement, kinds: readonly TextTrackKind[], most: number): readonly Cue[] {
  const track = Array.from(video.textTracks ?? []).find(({ kind, cues }) => kinds.includes(kind) && cues?.length);
  if (track === undefined) return [];
  const count = track.cues?.length ?? 0;
  const known = read.get(track);
  if (known?.count === count) return known.cues;
  const cues = Array.from(track.cues ?? [])
    .slice(0, most)
    .flatMap(readCue);
  read.set(track, { count, cues });
  return cues;
}

/** What was read of a track: it may have thousands of cues, and is asked for often. */
const read = new WeakMap<TextTrack, { readonly count: number; readonly cues: readonly Cue[] }>();

function readCue(cue: TextTrackCue): readonly Cue[] {
  const text = "text" in cue ? plainText(String(cue.text)) : "";
  if (text === "") return [];
  return [{ text, start: cue.startTime, end: Number.isFinite(cue.endTime) ? cue.endTime : cue.startTime }];
}

/** The words of a WebVTT cue, without its marks. */
function plainText(text: string): string {
  return text
    .replace(/<[^<>]*>/g, "")
    .replace(/\s+/g, " ")
    .trim();
}

/** The first of these elements around the video that is wide enough to be its time line. */
export function barNear(video: HTMLVideoElement, selectors: readonly string[]): Element | null {
  const width = video.getBoundingClientRect().width;
  let around = video.parentElement;
  for (let up = 0; up < NEAR && around !== null; up++, around = around.parentElement) {
    for (const selector of selectors) {
      for (const found of Array.from(around.querySelectorAll(selector))) {
        if (found.getBoundingClientRect().width >= width * WIDE) return found;
      }
    }
  }
  return null;
}

/** The text of the first of these elements that has one. */
export function textOf(page: ParentNode, selectors: readonly string[]): string {
  for (const selector of selectors) {
    const text = page.querySelector(selector)?.textContent?.trim();
    if (text) return text;
  }
  return "";
}
