// Which site an address belongs to, and which video it means there: the same as the server finds (channels/videos.py).

import type { SiteAdapter } from "./adapter";
import { frameio } from "./frameio";
import { generic } from "./generic";
import { PRACTICE_URL, practiceAt } from "./practice";
import { twitch } from "./twitch";
import { vimeo } from "./vimeo";
import { youtube } from "./youtube";

const MAX_URL = 2048;

/** A page that may show a video. */
export interface Place {
  readonly site: SiteAdapter;
  readonly externalId: string;
  readonly url: string;
}

/** null where no video is watched. `practice`: the address of the server's practice page, null where there is none. */
export function placeOf(address: string, practice: string | null): Place | null {
  if (address.length > MAX_URL || !URL.canParse(address)) return null;
  const url = new URL(address);
  if (url.href !== PRACTICE_URL && url.protocol !== "https:" && url.protocol !== "http:") return null;
  for (const site of [practiceAt(practice), youtube, vimeo, twitch, frameio, generic]) {
    if (!site.owns(url)) continue;
    const externalId = site.externalId(url);
    if (externalId !== null) return { site, externalId, url: site.canonical(url, externalId) };
    if (site.withoutId === "nothing") return null;
  }
  return null;
}
