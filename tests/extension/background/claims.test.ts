// extension/src/background/claims.ts: a page speaks for videos of its own site alone.

import { expect, test } from "vitest";
import { isOfPage } from "../../../extension/src/background/claims";
import { placeOf } from "../../../extension/src/sites/catalogue";
import type { VideoDetected } from "../../../extension/src/wire/messages";

const PRACTICE = "http://127.0.0.1:8710/practice";
const ADDRESSES = [
  "https://m.youtube.com/watch?v=dQw4w9WgXcQ&t=4",
  "https://vimeo.com/76979871",
  "https://www.twitch.tv/videos/123456",
  "https://www.twitch.tv/somebody",
  "https://app.frame.io/player/0f8fad5b-d9cb-469f-a165-70867728950e",
  "https://films.example.com/cuts?reel=2#at",
  `https://films.example.com/${"long/".repeat(80)}`,
  PRACTICE,
];

/** As the content script says it. */
function videoAt(address: string): VideoDetected {
  const place = placeOf(address, PRACTICE);
  if (place === null) throw new Error(`no video at ${address}`);
  return { platform: place.site.platform, external_id: place.externalId, url: place.url };
}

test.each(ADDRESSES)("the video of %s is its page's own", (address) => {
  expect(isOfPage(videoAt(address), address, PRACTICE)).toBe(true);
});

test.each(ADDRESSES)("the video of %s is no other site's", (address) => {
  for (const page of ["https://evil.example.com/", "https://youtube.com.evil.example.com/", "about:blank", ""]) {
    expect(isOfPage(videoAt(address), page, PRACTICE)).toBe(false);
  }
});

test("a video goes by the name that its address has", () => {
  const page = "https://films.example.com/cuts";
  const own = videoAt(page);
  for (const other of [
    { ...own, external_id: "https://films.example.com/secret" },
    { ...own, platform: "youtube", external_id: "dQw4w9WgXcQ" },
    { ...videoAt("https://vimeo.com/76979871"), url: own.url },
  ]) {
    expect(isOfPage(other, page, PRACTICE)).toBe(false);
  }
});
