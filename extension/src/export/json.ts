// Notes as JSON, for programs: named as on the wire (docs/wire.md).

import type { ExportedReview } from "./review";

export function jsonOf({ title, platform, url, durationS, notes }: ExportedReview): string {
  const told = notes.map(
    ({ id, timestamp_s, text, transcript, category, confidence, coverage, status, permalink }) => ({
      id,
      timestamp_s,
      text,
      transcript,
      category,
      confidence,
      coverage,
      status,
      permalink,
    }),
  );
  return `${JSON.stringify({ video: { title, platform, url, duration: durationS }, notes: told }, null, 2)}\n`;
}
