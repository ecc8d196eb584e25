// extension/src/sites/catalogue.ts: which video an address means. test_following.py holds it against the server's answer.

import { describe, expect, it } from "vitest";
import { placeOf } from "../../../extension/src/sites/catalogue";

const ID = "dQw4w9WgXcQ";
const PRACTICE = "http://127.0.0.1:8765/practice";

function seen(address: string): readonly (string | undefined)[] {
  const place = placeOf(address, PRACTICE);
  return [place?.site.platform, place?.externalId, place?.url];
}

describe("a video of a known site", () => {
  it.each([
    [
      `https://www.youtube.com/watch?list=PL1&v=${ID}&t=42s#here`,
      "youtube",
      ID,
      `https://www.youtube.com/watch?v=${ID}`,
    ],
    [`https://m.youtube.com/watch?v=&v=${ID}`, "youtube", ID, `https://www.youtube.com/watch?v=${ID}`],
    [`https://www.youtube.com/shorts/${ID}`, "youtube", ID, `https://www.youtube.com/watch?v=${ID}`],
    [`https://youtu.be/${ID}?t=3`, "youtube", ID, `https://www.youtube.com/watch?v=${ID}`],
    ["https://vimeo.com/channels/staffpicks/76979871", "vimeo", "76979871", "https://vimeo.com/76979871"],
    ["https://vimeo.com/76979871/0123abcdef", "vimeo", "76979871", "https://vimeo.com/76979871/0123abcdef"],
    [
      "https://player.vimeo.com/video/76979871?h=0123abcdef",
      "vimeo",
      "76979871",
      "https://vimeo.com/76979871/0123abcdef",
    ],
    ["https://vimeo.com/showcase/123/video/76979871", "vimeo", "76979871", "https://vimeo.com/76979871"],
    ["https://m.twitch.tv/videos/2000000001?t=1h", "twitch", "2000000001", "https://www.twitch.tv/videos/2000000001"],
    ["https://app.frame.io/player/0a1b-2c3d?t=9", "frameio", "0a1b-2c3d", "https://app.frame.io/player/0a1b-2c3d"],
    [`${PRACTICE}?t=75`, "practice", "practice", "sidenote:practice"],
    ["http://localhost:8765/practice/", "practice", "practice", "sidenote:practice"],
  ])("%s", (address, platform, externalId, url) => {
    expect(seen(address)).toEqual([platform, externalId, url]);
  });
});

describe("any other page", () => {
  it.each([
    `https://youtube.com.evil.example/watch?v=${ID}`,
    `https://www.youtube.com@evil.example/watch?v=${ID}`,
    "https://www.twitch.tv/somebody",
    "https://vimeo.com/ondemand/a-film",
    "http://127.0.0.1:8765/practices",
    "http://127.0.0.1:8766/practice",
    "https://example.com/films/cut.mp4?version=3",
  ])("%s is known by its address", (address) => {
    const url = new URL(address).href;
    expect(seen(`${address}#t=3`)).toEqual(["generic", url, url]);
  });

  it("is known by the hash of a long address", () => {
    const long = `https://example.com/${"a".repeat(300)}`;
    expect(seen(`${long}x`)[1]).toMatch(/^[0-9a-f]{64}$/);
    expect(seen(`${long}x`)[1]).not.toBe(seen(`${long}y`)[1]);
  });
});

describe("no video is watched", () => {
  it.each([
    "https://www.youtube.com/",
    "https://www.youtube.com/results?search_query=a",
    "https://www.youtube.com/watch?v=../../x",
    "chrome://extensions/",
    "file:///home/film.mp4",
    "no address",
    `https://example.com/${"a".repeat(2048)}`,
  ])("%s", (address) => {
    expect(placeOf(address, PRACTICE)).toBeNull();
  });

  it("and no page is the practice page where the server shows none", () => {
    expect(placeOf(PRACTICE, null)?.site.platform).toBe("generic");
  });
});
