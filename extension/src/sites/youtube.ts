// YouTube: watch pages, shorts, live and embedded players. Chapters come from the list under the video; what the page
// shows of the video before (it is one long page) is not taken for the new one's.

import { type Chapter, MAX_CHAPTERS, type SiteAdapter } from "./adapter";
import { idOrNull, partsOf } from "./address";
import { ordinary, textOf } from "./ordinary";
import { secondsOf } from "./times";

const HOSTS = new Set([
  "youtube.com",
  "www.youtube.com",
  "m.youtube.com",
  "music.youtube.com",
  "www.youtube-nocookie.com",
  "youtu.be",
]);
const PLAYERS = [
  "ytd-reel-video-renderer[is-active] video",
  "#shorts-player video",
  "#movie_player video",
  "ytd-player video",
];
const TITLES = ["ytd-watch-metadata #title h1", "h1.ytd-watch-metadata", "#movie_player .ytp-title-link"];
const CHAPTER = "ytd-macro-markers-list-item-renderer";

export const youtube: SiteAdapter = {
  ...ordinary,
  platform: "youtube",
  withoutId: "nothing", // what moves under the pointer in a list is no video that somebody watches
  owns: (url) => HOSTS.has(url.hostname),
  externalId(url) {
    const [first, second] = partsOf(url);
    if (url.hostname === "youtu.be") return idOrNull(first);
    if (first === "shorts" || first === "live" || first === "embed") return idOrNull(second);
    return idOrNull(url.searchParams.getAll("v").find((id) => id !== ""));
  },
  canonical: (_url, externalId) => `https://www.youtube.com/watch?v=${externalId}`,
  title(page, externalId) {
    const shown = page.querySelector("ytd-watch-flexy")?.getAttribute("video-id");
    if (shown && shown !== externalId) return "";
    return textOf(page, TITLES) || page.title.replace(/^\(\d+\) /, "").replace(/(^| - )YouTube$/, "");
  },
  player(page) {
    for (const selector of PLAYERS) {
      const video = page.querySelector<HTMLVideoElement>(selector);
      if (video !== null) return video;
    }
    return null;
  },
  durationS: (video) => (advertises(video) ? null : ordinary.durationS(video)),
  chapters(page, _video, externalId) {
    const found = new Map<number, Chapter>();
    for (const item of Array.from(page.querySelectorAll(CHAPTER))) {
      const link = item.querySelector<HTMLAnchorElement>("a[href]")?.getAttribute("href") ?? "";
      if (!link.includes(externalId)) continue; // of the video before, or a key moment of another one
      const title = textOf(item, ["h4", "#details h4"]);
      const start = secondsOf(textOf(item, ["#time"]));
      if (title !== "" && start !== null && !found.has(start)) found.set(start, { title, start });
    }
    return [...found.values()].sort((one, other) => one.start - other.start).slice(0, MAX_CHAPTERS);
  },
  progressBar: (video) => playerOf(video)?.querySelector(".ytp-progress-bar") ?? ordinary.progressBar(video),
  interrupted: advertises,
};

function playerOf(video: HTMLVideoElement): Element | null {
  return video.closest(".html5-video-player");
}

function advertises(video: HTMLVideoElement): boolean {
  return playerOf(video)?.matches(".ad-showing, .ad-interrupting") ?? false;
}
