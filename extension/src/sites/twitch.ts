// Twitch: recorded videos. A live channel is a page like any other, for a moment of it has no address.

import type { SiteAdapter } from "./adapter";
import { idOrNull, partsOf } from "./address";
import { ordinary, textOf } from "./ordinary";

const HOSTS = new Set(["twitch.tv", "www.twitch.tv", "m.twitch.tv"]);
const BAR = '[data-a-target="player-seekbar"], .seekbar-bar';

export const twitch: SiteAdapter = {
  ...ordinary,
  platform: "twitch",
  withoutId: "generic",
  owns: (url) => HOSTS.has(url.hostname),
  externalId(url) {
    const [first, second] = partsOf(url);
    return first === "videos" ? idOrNull(second) : null;
  },
  canonical: (_url, externalId) => `https://www.twitch.tv/videos/${externalId}`,
  title: (page) => textOf(page, ['[data-a-target="stream-title"]']) || page.title.replace(/ - Twitch$/, "").trim(),
  player: (page) => page.querySelector<HTMLVideoElement>('[data-a-target="video-player"] video'),
  progressBar: (video) =>
    video.closest('[data-a-target="video-player"]')?.querySelector(BAR) ?? ordinary.progressBar(video),
};
