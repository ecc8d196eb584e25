// extension/src/export: a review with the nastiest texts that a note can have.

import type { ExportedReview } from "../../../extension/src/export/review";
import { note } from "../view/samples";

export const NASTY = [
  `=HYPERLINK("http://evil.example","a")`,
  "two\nlines --> and\ttabs",
  `<b>&amp;</b> "quoted" 'single' [link](javascript:alert(1)) | bar`,
  "Grüße 🎬 \u0007\ud800 ]]> -- `code` *bold* _it_",
];

export function review(change: Partial<ExportedReview> = {}): ExportedReview {
  return {
    title: "Autumn teaser",
    platform: "youtube",
    url: "https://www.youtube.com/watch?v=abc",
    durationS: 120,
    notes: [
      note({ id: "a", timestamp_s: 1.5, text: "Too loud", category: "audio", status: "firmed" }),
      note({
        id: "b",
        timestamp_s: 2,
        text: "Cut",
        category: "pacing",
        status: "posted",
        permalink: "https://y.example/c?d=(e)",
      }),
      note({ id: "c", timestamp_s: 65.96, text: "Nice", category: "praise", status: "ghost" }),
    ],
    ...change,
  };
}

export const nasty = (): ExportedReview =>
  review({
    title: `T<i>"|\n& =1`,
    notes: NASTY.map((text, index) => note({ id: `n${index}`, timestamp_s: index, text, transcript: text })),
  });
