// Vimeo: video pages, channels, showcases and the embedded player. The second part of an unlisted video's address is
// kept, for it opens with that alone.

import type { SiteAdapter } from "./adapter";
import { partsOf } from "./address";
import { barNear, ordinary } from "./ordinary";

const HOSTS = new Set(["vimeo.com", "www.vimeo.com", "player.vimeo.com"]);
const BARS = ['[data-progress-bar="true"]', ".vp-progress", '[class*="ProgressBar"]'];

export const vimeo: SiteAdapter = {
  ...ordinary,
  platform: "vimeo",
  withoutId: "generic", // such as films on demand, which have names
  owns: (url) => HOSTS.has(url.hostname),
  externalId(url) {
    const parts = partsOf(url);
    const after = parts.filter((_, at) => parts[at - 1] === "video" || parts[at - 1] === "videos");
    const id = (after.length > 0 ? after : parts).find((part) => /^\d+$/.test(part));
    return id !== undefined && id.length <= 128 ? id : null;
  },
  canonical(url, externalId) {
    const parts = partsOf(url);
    const behind = url.searchParams.get("h") ?? parts[parts.indexOf(externalId) + 1] ?? "";
    return /^[0-9a-f]{6,20}$/.test(behind)
      ? `https://vimeo.com/${externalId}/${behind}`
      : `https://vimeo.com/${externalId}`;
  },
  title: (page) => page.title.replace(/ (on|from .+ on) Vimeo$/, "").trim(),
  progressBar: (video) => barNear(video, BARS) ?? ordinary.progressBar(video),
};
