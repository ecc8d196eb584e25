// extension/src/options/sites.ts and extension/src/options/sections.ts: switching sites off and on, and addresses of sections.

import { expect, test } from "vitest";
import { SECTIONS, sectionOf } from "../../../extension/src/options/sections";
import { hostOf, isOn, SITES, withSite } from "../../../extension/src/options/sites";
import { isOff } from "../../../extension/src/parts/offsites";

test.each(SITES.map((site) => [site.name, site] as const))("%s is switched off, and on again", (_, site) => {
  expect(isOn(site, ["example.com"])).toBe(true);
  const off = withSite(site, false, ["example.com"]);
  expect(isOn(site, off)).toBe(false);
  expect(isOff(`https://www.${site.host}/watch`, off)).toBe(true);
  expect(withSite(site, true, off)).toEqual(["example.com"]);
  expect(withSite(site, false, off)).toEqual(off);
});

test.each([
  ["example.com", "example.com"],
  [" https://www.Example.com/watch?v=1 ", "example.com"],
  ["video.example.com:8080", "video.example.com"],
  ["localhost", "localhost"],
  ["", null],
  ["two words", null],
  ["word", null],
  ["ftp://example.com", null],
])("%j means the host %s", (typed, host) => {
  expect(hostOf(typed)).toBe(host);
});

test("a section is meant by its name, the first one by everything else", () => {
  expect(SECTIONS.map(({ id }) => sectionOf(`#${id}`))).toEqual(SECTIONS.map(({ id }) => id));
  expect([sectionOf(""), sectionOf("#nonsense")]).toEqual(["server", "server"]);
});
