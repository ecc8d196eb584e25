// extension/src/view/words.ts and extension/src/view/refusals.ts: nobody reads an empty line, nor a bare code.

import { readFileSync } from "node:fs";
import { expect, test } from "vitest";
import { REFUSALS, refusalWords } from "../../../extension/src/view/refusals";
import * as words from "../../../extension/src/view/words";
import { MIC_STATES, NOTE_STATUSES, RUN_STATES } from "../../../extension/src/wire/messages";

const page = (name: string) => readFileSync(new URL(`../../../docs/${name}`, import.meta.url), "utf8");

/** What stands in backquotes in the first column of the tables of a chapter. */
function named(text: string, chapter: string): string[] {
  const [, rest = ""] = text.split(`\n## ${chapter}\n`);
  const [body = ""] = rest.split("\n## ");
  const rows = body.split("\n").filter((line) => line.startsWith("|"));
  return rows.flatMap((row) => [...(row.split("|")[1] ?? "").matchAll(/`([^`]+)`/g)].map(([, name = ""]) => name));
}

const isSentence = expect.stringMatching(/^[A-Z“].{4,140}$/u);

const reasons = named(page("wire.md"), "Errors");

test("the page of the wire names its reasons", () => {
  expect(reasons).toContain("unmatched topic");
  expect(reasons).toContain("invalid_transition");
  expect(reasons.length).toBeGreaterThan(40);
});

test.each(reasons)("the reason %s has a sentence that says what to do", (reason) => {
  expect(REFUSALS[reason]?.words).toMatch(/^[A-Z].+\.$/);
  expect(REFUSALS[reason]?.words.length).toBeLessThan(110);
});

test("the server's sentence is taken where it knows more, and for what is not known here", () => {
  expect(refusalWords({ reason: "not_now", message: "It is too late: it is posted." }).words).toContain("too late");
  expect(refusalWords({ reason: "not_now", message: " " }).words).toBe(REFUSALS["not_now"]?.words);
  expect(refusalWords({ reason: "forbidden", message: "Not yours." }).words).toBe(REFUSALS["forbidden"]?.words);
  expect(refusalWords({ reason: "brand_new", message: "Do this." })).toEqual({ words: "Do this.", action: null });
  expect(refusalWords({ reason: "brand_new", message: "" }).words).toBe(REFUSALS["internal"]?.words);
});

test("the statuses of the store are the ones that have words", () => {
  const [, table = ""] = page("storage.md").split("## Statuses of a note");
  const statuses = new Set([...(table.split("\n## ")[0] ?? "").matchAll(/\| `(\w+)` /g)].map(([, status]) => status));
  expect([...statuses].sort()).toEqual([...NOTE_STATUSES].sort());
});

test("every state of the session has words", () => {
  expect(Object.keys(words.STATE_WORDS).sort()).toEqual([...new Set([...MIC_STATES, ...RUN_STATES])].sort());
});

const TABLES = {
  state: words.STATE_WORDS,
  video: words.VIDEO_WORDS,
  intent: words.INTENT_WORDS,
  tool: words.TOOL_WORDS,
  action: words.ACTION_WORDS,
};

test.each(Object.entries(TABLES).flatMap(([table, rows]) => Object.entries(rows).map((row) => [table, ...row])))(
  "the %s %s reads %s",
  (_table, _name, sentence) => {
    expect(sentence).toEqual(isSentence);
  },
);

test("every way to be without a connection says what to do", () => {
  for (const saying of [...Object.values(words.OFFLINE_WORDS), ...Object.values(words.REFUSED_WORDS)]) {
    expect(saying.words).toMatch(/^[A-Z].+\.$/);
    expect(saying.action === null || words.ACTION_WORDS[saying.action]).toBeTruthy();
  }
  expect(words.connectionWords({ state: "connecting" }).words).toEqual(isSentence);
  expect(words.connectionWords({ state: "online" }).words).toEqual(isSentence);
});
