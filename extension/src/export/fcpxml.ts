// Notes as markers of a Final Cut Pro project (FCPXML 1.9) whose only clip is a gap as long as the video.

import { categoryWord } from "../ui/note";
import { frameAt } from "./frames";
import { lastFrame } from "./otio";
import { type ExportedReview, FRAME_RATE, oneLine } from "./review";

export function fcpxmlOf({ title, durationS, notes }: ExportedReview, rate = FRAME_RATE): string {
  const name = escaped(title || "Notes");
  const time = (frames: number) => `${frames}/${rate}s`;
  const length = time(lastFrame(durationS, notes, rate));
  const markers = notes.map((note) => {
    const about = `value="${escaped(note.text)}" note="${escaped(categoryWord(note.category))}"`;
    return `            <marker start="${time(frameAt(note.timestamp_s, rate))}" duration="${time(1)}" ${about}/>`;
  });
  return `${[
    '<?xml version="1.0" encoding="UTF-8"?>',
    "<!DOCTYPE fcpxml>",
    '<fcpxml version="1.9">',
    "  <resources>",
    `    <format id="r1" frameDuration="${time(1)}" width="1920" height="1080"/>`,
    "  </resources>",
    `  <event name="${name}">`,
    `    <project name="${name}">`,
    `      <sequence format="r1" duration="${length}" tcStart="0s" tcFormat="NDF">`,
    "        <spine>",
    `          <gap name="Video" offset="0s" start="0s" duration="${length}">`,
    ...markers,
    "          </gap>",
    "        </spine>",
    "      </sequence>",
    "    </project>",
    "  </event>",
    "</fcpxml>",
  ].join("\n")}\n`;
}

/** Without what XML can't hold at all: control characters and halves of characters. */
function escaped(text: string): string {
  return oneLine(text)
    .replace(/[^\u0020-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "")
    .replaceAll("&", "&amp;")
    .replaceAll("<", "&lt;")
    .replaceAll(">", "&gt;")
    .replaceAll('"', "&quot;");
}
