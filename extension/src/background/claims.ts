// Whether a page may say that it shows a video: one of its own site, named as its address names it. A page that breaks out
// of its own world may say anything, and the notes of a video are for whoever shows it. Pure.

import { type Place, placeOf } from "../sites/catalogue";
import { generic } from "../sites/generic";
import type { VideoDetected } from "../wire/messages";

/** `address`: of the page, as the browser has it. `practice`: of the server's practice page. */
export function isOfPage(video: VideoDetected, address: string, practice: string): boolean {
  const place = placeOf(video.url, practice);
  if (place?.site.platform !== video.platform || place.externalId !== video.external_id) return false;
  return URL.canParse(address) && isOfSite(place, new URL(address));
}

/** By its site and not by its path: a page that goes on to its next video changes its address first here, then there. */
function isOfSite({ site, url }: Place, page: URL): boolean {
  return site === generic ? new URL(url).origin === page.origin : site.owns(page);
}
