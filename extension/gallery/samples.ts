// Notes and steps for the gallery: one of every status, and as many as one asks for.

import { CATEGORIES, type NoteView, type Posting } from "../src/ui/note";
import type { Step } from "../src/ui/Steps";

const SAID = [
  "The cut to the drone shot comes two frames early.",
  "Music drowns the interview; bring it down three decibels under her first answer.",
  "Skin tones turn green when the clouds come in.",
  "Lower third covers the logo on the jacket.",
  "Say when this was filmed, otherwise the numbers make no sense.",
  "“Recieve” on the end card: i and e are swapped.",
  "Love this transition.",
  "Is the second take of this sentence better?",
  "Check rights for the poster in the background.",
] as const;

export function note(change: Partial<NoteView> & { readonly id: string }): NoteView {
  return {
    text: SAID[0],
    transcript: "um the cut to the drone shot comes like two frames early",
    category: "pacing",
    confidence: 0.91,
    coverage: 1,
    timestamp_s: 42.4,
    status: "firmed",
    revision: 1,
    permalink: null,
    ...change,
  };
}

export const ONE_OF_EACH: readonly NoteView[] = [
  note({ id: "ghost", status: "ghost", confidence: 0.62 }),
  note({ id: "firmed", category: "audio", text: SAID[1], timestamp_s: 65, confidence: 0.84 }),
  note({ id: "pending", category: "color", text: SAID[2], timestamp_s: 131, status: "pending_post" }),
  note({ id: "posting", category: "graphics", text: SAID[3], timestamp_s: 192, status: "posting" }),
  note({
    id: "posted",
    category: "content",
    text: SAID[4],
    timestamp_s: 305,
    status: "posted",
    permalink: "https://video.example/watch?v=a&lc=b",
  }),
  note({ id: "failed", category: "typo", text: SAID[5], timestamp_s: 3723, status: "failed", confidence: 0.95 }),
  note({
    id: "needs",
    category: "question",
    text: SAID[7],
    timestamp_s: 3801,
    status: "needs_attention",
    confidence: 0.44,
    coverage: 0.71,
  }),
  note({ id: "untimed", category: "other", text: SAID[8], timestamp_s: null, confidence: 0.55 }),
  note({ id: "scratched", category: "praise", text: SAID[6], timestamp_s: 4000, status: "cancelled" }),
];

export const POSTING: Readonly<Record<string, Posting>> = {
  posting: { step: "signing_in" },
  failed: { message: "Comments are off on this video." },
  needs: { message: "Sign in to YouTube again, then retry." },
};

const STATUSES = ["firmed", "posted", "ghost", "firmed", "posted", "failed"] as const;

export function many(count: number, durationS: number): readonly NoteView[] {
  const categories = Object.keys(CATEGORIES);
  return Array.from({ length: count }, (_, index) => {
    const status = STATUSES[(index * 7) % STATUSES.length] ?? "firmed";
    return note({
      id: `n${index}`,
      text: `${SAID[index % SAID.length]}${index % 5 === 0 ? " The same happens again a little later, and once more near the end." : ""}`,
      category: categories[index % categories.length] ?? "other",
      timestamp_s: (durationS * index) / count,
      confidence: 0.4 + ((index * 37) % 60) / 100,
      status,
      permalink: status === "posted" ? `https://video.example/watch?v=a&lc=${index}` : null,
    });
  });
}

export const STEPS: readonly Step[] = [
  { id: "1", label: "Heard", detail: "the cut to the drone shot comes two frames early", state: "done", tookMs: 214 },
  { id: "2", label: "Wrote a note at 0:42", detail: "Pacing", state: "done", tookMs: 6 },
  {
    id: "3",
    label: "Post: sending failed",
    detail: "The page did not answer. It is tried again in 8 s.",
    state: "failed",
  },
  { id: "4", label: "Posting", detail: "writing the comment", state: "running" },
];
