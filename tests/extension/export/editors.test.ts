// @vitest-environment happy-dom
// extension/src/export: subtitles, and what editors read: EDL, OpenTimelineIO and FCPXML.

import { describe, expect, it } from "vitest";
import { edlOf } from "../../../extension/src/export/edl";
import { fcpxmlOf } from "../../../extension/src/export/fcpxml";
import { timecode } from "../../../extension/src/export/frames";
import { otioOf } from "../../../extension/src/export/otio";
import { subripOf, webVttOf } from "../../../extension/src/export/subtitles";
import { nasty, review } from "./samples";

describe("subtitles", () => {
  it("stand until the next one comes, and at least a second", () => {
    expect(
      subripOf(review())
        .split("\n\n")
        .map((cue) => cue.trim()),
    ).toEqual([
      "1\n00:00:01,500 --> 00:00:02,500\nAudio: Too loud",
      "2\n00:00:02,000 --> 00:00:07,000\nPacing: Cut",
      "3\n00:01:05,960 --> 00:01:10,960\nPraise: Nice",
    ]);
  });

  it("begin as WebVTT says, with hours that go on", () => {
    const [late] = review().notes;
    const said = webVttOf(review({ notes: late ? [{ ...late, timestamp_s: 360_000.0004 }] : [] }));
    expect(said).toBe("WEBVTT\n\na\n100:00:00.000 --> 100:00:05.000\nAudio: Too loud\n");
  });

  it("hold no line, tag or arrow that a note brings", () => {
    const cues = webVttOf(nasty()).split("\n\n").slice(1);
    expect(cues.map((cue) => cue.trimEnd().split("\n").length)).toEqual([3, 3, 3, 3]);
    expect(cues.every((cue) => cue.split("-->").length === 2 && !/<|&(?!amp;|lt;|gt;)/.test(cue))).toBe(true);
    for (const cue of subripOf(nasty()).split("\n\n")) expect(cue.split("-->").length).toBe(2);
  });
});

describe("EDL", () => {
  it("has an event of one frame and a locator for each note", () => {
    expect(edlOf(review()).split("\r\n").slice(0, 7)).toEqual([
      "TITLE: Autumn teaser",
      "FCM: NON-DROP FRAME",
      "",
      "001  001      V     C        01:00:01:12 01:00:01:13 01:00:01:12 01:00:01:13",
      " |C:ResolveColorPurple |M:Audio: Too loud |D:1",
      "* LOC: 01:00:01:12 MAGENTA Audio: Too loud",
      "",
    ]);
  });

  it("counts in the frames that it is asked for", () => {
    expect(edlOf(review(), 30)).toContain("* LOC: 01:00:01:15 ");
    expect(timecode(30 * 3600 * 25 - 1, 30)).toBe("24:59:59:29");
  });

  it("has three lines for a note, whatever it says", () => {
    const lines = edlOf(nasty()).split("\r\n");
    expect(lines.length).toBe(3 + 4 * 4);
    expect(lines.filter((line) => line.startsWith(" |C:")).every((line) => line.split("|").length === 4)).toBe(true);
  });
});

it("OpenTimelineIO has a marker on the frame of each note, and a timeline as long as the video", () => {
  const { tracks } = JSON.parse(otioOf(review()));
  const markers = tracks.markers.map((marker: { name: string; marked_range: { start_time: object } }) => [
    marker.name,
    marker.marked_range.start_time,
  ]);
  expect(markers).toEqual([
    ["Too loud", { OTIO_SCHEMA: "RationalTime.1", rate: 25, value: 37 }],
    ["Cut", { OTIO_SCHEMA: "RationalTime.1", rate: 25, value: 50 }],
    ["Nice", { OTIO_SCHEMA: "RationalTime.1", rate: 25, value: 1649 }],
  ]);
  expect(tracks.children[0].children[0].source_range.duration.value).toBe(3000);
  const unknown = JSON.parse(otioOf(review({ durationS: null })));
  expect(unknown.tracks.children[0].children[0].source_range.duration.value).toBe(1650);
});

describe("FCPXML", () => {
  const read = (text: string) => new DOMParser().parseFromString(text, "application/xml");

  it("has a marker on the frame of each note", () => {
    const markers = [...read(fcpxmlOf(review())).querySelectorAll("marker")];
    expect(
      markers.map((each) => [each.getAttribute("start"), each.getAttribute("value"), each.getAttribute("note")]),
    ).toEqual([
      ["37/25s", "Too loud", "Audio"],
      ["50/25s", "Cut", "Pacing"],
      ["1649/25s", "Nice", "Praise"],
    ]);
  });

  it("holds any text that XML can hold", () => {
    const text = fcpxmlOf(nasty());
    expect(text).toContain(
      `value="&lt;b&gt;&amp;amp;&lt;/b&gt; &quot;quoted&quot; 'single' [link](javascript:alert(1)) | bar"`,
    );
    // biome-ignore lint/suspicious/noControlCharactersInRegex: that there is none is what is asked
    expect(/[\u0000-\u0008\ud800-\udfff](?![\udc00-\udfff])/.test(text.replaceAll("🎬", ""))).toBe(false);
    expect(read(text).querySelectorAll("marker").length).toBe(4);
  });
});
