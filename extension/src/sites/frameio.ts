// Frame.io: players, review links and short links. The id is the last part of the path.

import type { SiteAdapter } from "./adapter";
import { idOrNull, partsOf } from "./address";
import { ordinary } from "./ordinary";

const HOSTS = new Set(["app.frame.io", "next.frame.io", "f.io"]);

export const frameio: SiteAdapter = {
  ...ordinary,
  platform: "frameio",
  withoutId: "generic",
  owns: (url) => HOSTS.has(url.hostname),
  externalId: (url) => idOrNull(partsOf(url).at(-1)),
  canonical: (url) => `https://${url.hostname}${url.pathname}`,
  title: (page) => page.title.replace(/ [-|–•·] Frame\.io$/, "").trim(),
};
