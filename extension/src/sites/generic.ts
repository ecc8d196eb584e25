// Any page with a video. The address without its fragment is the id; of a long one, its SHA-256.

import type { SiteAdapter } from "./adapter";
import { withoutFragment } from "./address";
import { ordinary } from "./ordinary";
import { sha256 } from "./sha256";

const MAX_ID = 256; // of an external id in the store

export const generic: SiteAdapter = {
  ...ordinary,
  platform: "generic",
  withoutId: "nothing",
  owns: () => true,
  externalId(url) {
    const address = withoutFragment(url);
    return address.length <= MAX_ID ? address : sha256(address);
  },
  canonical: withoutFragment,
};
