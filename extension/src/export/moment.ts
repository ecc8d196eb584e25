// The address that opens a video at a second, where its site has one: the same as the server's (automation/addresses.py).

import { placeOf } from "../sites/catalogue";

/** `atS` is null for its beginning. `practice`: the server's practice page, null where it can't be opened. */
export function momentOf(url: string, atS: number | null, practice: string | null = null): string {
  const place = placeOf(url, null);
  const isPractice = place?.site.platform === "practice";
  const address = isPractice && practice !== null ? practice : url;
  if (place === null || atS === null || address.startsWith("sidenote:")) return address;
  const second = Math.max(0, Math.floor(atS));
  switch (place.site.platform) {
    case "youtube":
    case "twitch":
      return withTime(place.url, `${second}s`);
    case "frameio":
    case "practice":
      return withTime(isPractice ? address : place.url, `${second}`);
    case "vimeo":
      return `${place.url}#t=${second}s`;
    default:
      return url;
  }
}

function withTime(url: string, time: string): string {
  const address = new URL(url);
  address.searchParams.set("t", time);
  return address.href;
}
