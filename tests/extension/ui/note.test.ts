// extension/src/ui/note.ts: the words of a note, and what may be done with it.

import { readFileSync } from "node:fs";
import { describe, expect, it } from "vitest";
import {
  CATEGORIES,
  categoryColor,
  confidenceWord,
  coverageWords,
  POST_STEPS,
  STATUSES,
  safeLink,
  statusWords,
  stepWords,
} from "../../../extension/src/ui/note";

const STORAGE = readFileSync("docs/storage.md", "utf8");
const ARROWS = [...STORAGE.matchAll(/^\| `(\w+)` \| `(\w+)` \| (.*) \|$/gm)].map(([, from, to, when]) => ({
  from,
  to,
  when,
}));

describe("statuses", () => {
  it("are those of the documentation", () => {
    expect(ARROWS.length).toBeGreaterThan(20);
    expect(new Set(ARROWS.flatMap(({ from, to }) => [from, to]))).toEqual(new Set(Object.keys(STATUSES)));
  });

  it.each(Object.keys(STATUSES))("%s offers what its arrows allow, and nothing else", (status) => {
    const arrows = ARROWS.filter(({ from }) => from === status);
    const leads = (to: string, when: RegExp) => arrows.some((arrow) => arrow.to === to && when.test(arrow.when ?? ""));
    const allowed = new Set<string>();
    if (leads("firmed", /kept/)) allowed.add("confirm");
    if (leads("firmed", /edited/)) allowed.add("edit");
    if (leads("cancelled", /scratched/)) allowed.add("scratch");
    if (leads("pending_post", /post asked/) || status === "ghost") allowed.add("post"); // post_note firms a draft itself
    if (leads("pending_post", /retry asked/)) allowed.add("retry");
    expect(new Set(statusWords(status).acts)).toEqual(allowed);
  });

  it("that are unknown keep their name and offer nothing", () => {
    expect(statusWords("archived")).toEqual({ word: "archived", tone: "quiet", acts: [] });
  });
});

it("knows the categories of the wire, and no other has a colour of its own", () => {
  const [, listed] = /`category` ([a-z, ]+); `confidence`/.exec(readFileSync("docs/wire.md", "utf8")) ?? [];
  expect(Object.keys(CATEGORIES)).toEqual(listed?.split(", "));
  expect(categoryColor("typo")).toBe("var(--category-typo)");
  expect(categoryColor("url(x)")).toBe("var(--category-other)");
});

it("has words for every step of a post", () => {
  const [, listed] = /`step` ([a-z_, ]+) \| ephemeral/.exec(readFileSync("docs/wire.md", "utf8")) ?? [];
  expect(Object.keys(POST_STEPS)).toEqual(listed?.split(", "));
  expect(stepWords("writing")).toBe("writing the comment");
  expect(stepWords("walking_away")).toBe("walking away");
});

it("turns numbers into words", () => {
  expect([0.95, 0.7, 0.5, 0.49, 0].map(confidenceWord)).toEqual(["Sure", "Likely", "Likely", "Check", "Check"]);
  expect([null, 1, 0.9, 0.713].map(coverageWords)).toEqual([null, null, null, "71 % heard"]);
});

it("makes only links that lead to a site", () => {
  expect(safeLink("https://video.example/watch?v=a")).toBe("https://video.example/watch?v=a");
  expect(safeLink("/practice?comment=1&t=2")).toBe("/practice?comment=1&t=2");
  for (const bad of [null, "javascript:alert(1)", "//elsewhere.example", "data:text/html,x", ""]) {
    expect(safeLink(bad)).toBeNull();
  }
});
