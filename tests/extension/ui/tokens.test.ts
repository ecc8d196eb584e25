// extension/src/look/tokens.css: contrast of every pair that the pages use, in both themes.

import { readdirSync, readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";

const LOOK = "extension/src/look";
const CSS = readFileSync(`${LOOK}/tokens.css`, "utf8");
const TOKENS = new Map(
  [...CSS.matchAll(/--([\w-]+): light-dark\((#\w{6}), (#\w{6})\);/g)].map(([, name = "", light = "", dark = ""]) => [
    name,
    { light, dark },
  ]),
);
const GROUNDS = ["ground", "surface", "raised", "sunken"];
const CATEGORIES = [...TOKENS.keys()].filter((name) => name.startsWith("category-"));

const READ: readonly (readonly [text: string, ground: string])[] = [
  ...["ink", "quiet", "accent", "good", "warn", "bad"].flatMap((text) =>
    GROUNDS.map((ground) => [text, ground] as const),
  ),
  ...["accent", "warn", "bad"].flatMap((tone) => [[tone, `${tone}-soft`] as const, ["ink", `${tone}-soft`] as const]),
  ["quiet", "accent-soft"],
  ["on-accent", "accent"],
  ["on-accent", "accent-strong"],
  ["on-record", "record"],
];
const SEEN: readonly (readonly [shape: string, ground: string])[] = [
  ...["edge", "record", ...CATEGORIES].flatMap((shape) =>
    ["ground", "surface", "raised"].map((ground) => [shape, ground] as const),
  ),
  ["edge", "sunken"],
  ["record", "sunken"],
];

function luminance(color: string): number {
  const [red = 0, green = 0, blue = 0] = [1, 3, 5]
    .map((at) => Number.parseInt(color.slice(at, at + 2), 16) / 255)
    .map((share) => (share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4));
  return 0.2126 * red + 0.7152 * green + 0.0722 * blue;
}

function contrast(one: string, other: string): number {
  const [light = 0, dark = 0] = [luminance(one), luminance(other)].toSorted((a, b) => b - a);
  return (light + 0.05) / (dark + 0.05);
}

function value(name: string, theme: "light" | "dark"): string {
  const token = TOKENS.get(name);
  if (!token) throw new Error(`no token --${name}`);
  return token[theme];
}

it("knows the formula", () => {
  expect(contrast("#000000", "#ffffff")).toBeCloseTo(21);
  expect(contrast("#767676", "#ffffff")).toBeCloseTo(4.54, 2);
});

describe.each(["light", "dark"] as const)("%s", (theme) => {
  it.each(READ)("%s is read on %s: 4.5:1", (text, ground) => {
    expect(contrast(value(text, theme), value(ground, theme))).toBeGreaterThanOrEqual(4.5);
  });
  it.each(SEEN)("%s is seen on %s: 3:1", (shape, ground) => {
    expect(contrast(value(shape, theme), value(ground, theme))).toBeGreaterThanOrEqual(3);
  });
});

describe("the style sheets", () => {
  const sheets = readdirSync(LOOK).filter((name) => name.endsWith(".css"));

  it("name no colour of their own", () => {
    for (const sheet of sheets.filter((name) => name !== "tokens.css")) {
      expect(readFileSync(`${LOOK}/${sheet}`, "utf8").match(/#[0-9a-f]{3,8}\b|rgba?\(|hsla?\(/gi), sheet).toBeNull();
    }
  });

  it("use only tokens that exist, and every colour is used", () => {
    const defined = new Set([...CSS.matchAll(/^\s+--([\w-]+):/gm)].map(([, name]) => name));
    const used = new Set(
      sheets.flatMap((name) =>
        [...readFileSync(`${LOOK}/${name}`, "utf8").matchAll(/var\(--([\w-]+)\)/g)].map(([, token]) => token),
      ),
    );
    expect([...used].filter((name) => !defined.has(name))).toEqual([]);
    expect([...TOKENS.keys()].filter((name) => !used.has(name) && !CATEGORIES.includes(name))).toEqual([]);
  });

  it("follow the system, and the root where it says which", () => {
    expect(CSS).toMatch(/:root \{\s+color-scheme: light dark;/);
    expect(CSS).toMatch(/\[data-theme="dark"\] \{\s+color-scheme: dark;/);
    expect(CSS).toMatch(/\[data-theme="light"\] \{\s+color-scheme: light;/);
  });

  it("move only for as long as --quick says, which is nothing where less motion is asked for", () => {
    expect(CSS).toMatch(/prefers-reduced-motion: reduce\) \{\s+:root \{\s+--quick: 0ms;/);
    for (const sheet of sheets) {
      const css = readFileSync(`${LOOK}/${sheet}`, "utf8");
      expect(css, sheet).not.toMatch(/animation/);
      for (const [moved] of css.matchAll(/transition:[^;]+;/g)) expect(moved).not.toMatch(/\d+m?s/);
    }
  });
});
