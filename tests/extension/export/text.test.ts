// extension/src/export: Markdown, CSV, JSON, the address of a second, the table of formats and the names of files.

import { describe, expect, it } from "vitest";
import { csvOf } from "../../../extension/src/export/csv";
import { FORMATS, fileName } from "../../../extension/src/export/formats";
import { jsonOf } from "../../../extension/src/export/json";
import { markdownOf } from "../../../extension/src/export/markdown";
import { momentOf } from "../../../extension/src/export/moment";
import { NASTY, nasty, review } from "./samples";

describe("Markdown", () => {
  it("is a list by time, each time a link to its second", () => {
    expect(markdownOf(review()).split("\n")).toEqual([
      "# Autumn teaser",
      "",
      "<https://www.youtube.com/watch?v=abc>",
      "",
      "- **[0:01](https://www.youtube.com/watch?v=abc&t=1s)** Too loud *Audio, kept*",
      "- **[0:02](https://www.youtube.com/watch?v=abc&t=2s)** Cut *Pacing, posted* ([comment](https://y.example/c?d=%28e%29))",
      "- **[1:05](https://www.youtube.com/watch?v=abc&t=65s)** Nice *Praise, draft*",
      "",
    ]);
  });

  it("says nothing as a mark that was written as a letter", () => {
    const said = markdownOf(nasty());
    expect(said.split("\n").length).toBe(4 + NASTY.length + 1);
    expect(said).toContain("\\<b\\>\\&amp;\\</b\\> \"quoted\" 'single' \\[link\\](javascript:alert(1)) \\| bar");
    expect(said).toContain("\\`code\\` \\*bold\\* \\_it\\_");
  });

  it("links no address that is none of the web", () => {
    expect(markdownOf(review({ platform: "practice", url: "sidenote:practice" }))).toContain("- **0:01** Too loud");
  });
});

describe("CSV", () => {
  it("has a line for each note, ended as RFC 4180 says", () => {
    const [head, first, ...rest] = csvOf(review()).split("\r\n");
    expect(head).toBe("\ufeffTime,Seconds,Category,Note,Status,Confidence,Link,Heard");
    expect(first).toBe("0:01,1.50,Audio,Too loud,Kept,0.90,,the music is too loud");
    expect(rest.length).toBe(3);
  });

  it("gives back every cell, and starts no formula", () => {
    const rows = parsed(csvOf(nasty()));
    expect(rows.map((row) => row[3]).slice(1)).toEqual([`'${NASTY[0]}`, ...NASTY.slice(1)]);
    for (const sign of ["=1", "+1", "-1", "@a", "\t=1", "\r=1", "  =1"]) {
      const [, row] = parsed(csvOf(review({ notes: review().notes.map((each) => ({ ...each, text: sign })) })));
      expect(row?.[3]).toBe(`'${sign}`);
    }
  });
});

it("JSON is read back as it was", () => {
  const { video, notes } = JSON.parse(jsonOf(nasty()));
  expect(video.url).toBe("https://www.youtube.com/watch?v=abc");
  expect(notes.map(({ text }: { text: string }) => text)).toEqual(NASTY);
});

it.each([
  ["https://www.youtube.com/watch?v=a&t=3s", "https://www.youtube.com/watch?v=a&t=65s"],
  ["https://youtu.be/a", "https://www.youtube.com/watch?v=a&t=65s"],
  ["https://vimeo.com/1", "https://vimeo.com/1#t=65s"],
  ["https://www.twitch.tv/videos/1", "https://www.twitch.tv/videos/1?t=65s"],
  ["https://video.example/a", "https://video.example/a"],
  ["sidenote:practice", "sidenote:practice"],
  ["no address", "no address"],
])("a second of %s", (url, there) => {
  expect(momentOf(url, 65.9)).toBe(there);
});

it("the practice video opens where the server shows it", () => {
  expect(momentOf("sidenote:practice", 65, "http://127.0.0.1:1/practice")).toBe("http://127.0.0.1:1/practice?t=65");
});

it("every format has a name of its own, and takes a review without notes", () => {
  expect(new Set(FORMATS.map(({ id }) => id)).size).toBe(FORMATS.length);
  for (const { of } of FORMATS) expect(() => of(review({ notes: [], title: "", durationS: null }))).not.toThrow();
});

it.each([
  ["Autumn teaser, 2/3: “final”", "Autumn-teaser-2-3-final.md"],
  ["../../etc/passwd\u0000", "etc-passwd.md"],
  ["映画", "映画.md"],
  ["???", "notes.md"],
])("a file for %j is named %s", (title, name) => {
  expect(fileName(title, "md")).toBe(name);
});

/** As RFC 4180 reads it. */
function parsed(text: string): string[][] {
  const rows: string[][] = [];
  const pattern = /(?:"((?:[^"]|"")*)"|([^",\r\n]*))(,|\r\n)/gy;
  let row: string[] = [];
  for (const [, quoted, plain = "", end] of text.slice(1).matchAll(pattern)) {
    row.push(quoted?.replaceAll('""', '"') ?? plain);
    if (end === ",") continue;
    rows.push(row);
    row = [];
  }
  return rows;
}
