// The practice page, which Sidenote's own server shows at an address of the person's settings.

import type { SiteAdapter } from "./adapter";
import { ordinary } from "./ordinary";

/** The address by which the server knows the video that comes with it. */
export const PRACTICE_URL = "sidenote:practice";

const LOOPBACK = new Set(["127.0.0.1", "localhost", "[::1]"]);

/** `address`: of the practice page, null where the server shows none. */
export function practiceAt(address: string | null): SiteAdapter {
  const page = address !== null && URL.canParse(address) ? new URL(address) : null;
  const isThere = (url: URL): boolean =>
    url.href === PRACTICE_URL ||
    (page !== null &&
      url.protocol === page.protocol &&
      url.port === page.port &&
      (url.hostname === page.hostname || (LOOPBACK.has(url.hostname) && LOOPBACK.has(page.hostname))) &&
      isBelow(url.pathname, page.pathname));
  return {
    ...ordinary,
    platform: "practice",
    withoutId: "generic",
    owns: isThere,
    externalId: (url) => (isThere(url) ? "practice" : null),
    canonical: () => PRACTICE_URL,
    title: (page) => page.title.replace(/ – Sidenote$/, "").trim(),
    player: (page) => page.querySelector<HTMLVideoElement>("video#player"),
  };
}

function isBelow(path: string, root: string): boolean {
  const base = root.replace(/\/+$/, "");
  return path === base || path.startsWith(`${base}/`);
}
