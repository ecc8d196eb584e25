// What the components need to know of a note, and the words for its parts. Tables and pure functions; a category or
// status that this version does not know is shown by its own name and can't be acted on.

export interface NoteView {
  readonly id: string;
  readonly text: string;
  readonly transcript?: string | null;
  readonly category: string;
  readonly confidence: number;
  readonly coverage: number | null;
  readonly timestamp_s: number | null;
  readonly status: string;
  readonly revision: number;
  readonly permalink: string | null;
  /** Why it failed or needs the person. */
  readonly reason?: string | null;
}

/** How far a post has come, or why it did not: beside the note, since it is told apart from it. */
export interface Posting {
  readonly step?: string | null | undefined;
  readonly message?: string | null | undefined;
}

/** What an edit changes; `revision` is the one that the person saw. */
export interface NoteChange {
  readonly text?: string;
  readonly category?: string;
  readonly timestamp_s?: number;
  readonly revision: number;
}

export type Then = "keep" | "post";

export interface NoteActions {
  readonly onSeek: (note: NoteView) => void;
  /** Resolves to whether it was taken; where it was not, a notice says why. */
  readonly onEdit: (note: NoteView, change: NoteChange, then: Then) => Promise<boolean>;
  readonly onConfirm: (note: NoteView) => void;
  readonly onScratch: (note: NoteView) => void;
  readonly onPost: (note: NoteView) => void;
  readonly onRetry: (note: NoteView) => void;
  /** The person has looked whether the comment is on the site. */
  readonly onSettle: (note: NoteView, found: boolean) => void;
}

export type NoteAct = "confirm" | "post" | "retry" | "edit" | "scratch" | "found" | "absent";
export type Tone = "quiet" | "accent" | "good" | "warn" | "bad";

export const TEXT_LIMIT = 200;

export const CATEGORIES: Readonly<Record<string, string>> = {
  pacing: "Pacing",
  audio: "Audio",
  color: "Color",
  graphics: "Graphics",
  content: "Content",
  typo: "Typo",
  praise: "Praise",
  question: "Question",
  other: "Other",
};

interface StatusWords {
  readonly word: string;
  readonly tone: Tone;
  readonly acts: readonly NoteAct[];
}

/** The statuses of docs/storage.md, and what a person can do in each. */
export const STATUSES: Readonly<Record<string, StatusWords>> = {
  ghost: { word: "Draft", tone: "quiet", acts: ["confirm", "edit", "scratch", "post"] },
  firmed: { word: "Kept", tone: "accent", acts: ["edit", "scratch", "post"] },
  pending_post: { word: "Waiting to post", tone: "warn", acts: ["edit", "scratch"] },
  posting: { word: "Posting", tone: "warn", acts: [] },
  posted: { word: "Posted", tone: "good", acts: [] },
  failed: { word: "Not posted", tone: "bad", acts: ["edit", "scratch", "retry"] },
  needs_attention: { word: "Needs you", tone: "bad", acts: ["edit", "scratch", "retry"] },
  cancelled: { word: "Scratched", tone: "quiet", acts: [] },
};

/** What a worker does, as docs/wire.md names it: within a sentence, or as one (`stepSentence`). */
export const POST_STEPS: Readonly<Record<string, string>> = {
  claimed: "taken by a worker",
  opening: "opening the video",
  signing_in: "signing in",
  looking: "looking for an earlier comment",
  writing: "writing the comment",
  submitting: "sending the comment",
  reading_back: "reading its link",
};

export function statusWords(status: string): StatusWords {
  return STATUSES[status] ?? { word: status, tone: "quiet", acts: [] };
}

/** How the reason of a note begins whose comment may be on the site or not: see automation/posting.py. */
const UNSURE = ["The site took the comment and does not show it", "The comment may have been sent"] as const;

/** What a person can do with the note. Where nobody knows what became of its comment, that is asked first. */
export function actsOf({ status, reason }: NoteView): readonly NoteAct[] {
  const isUnsure = status === "needs_attention" && UNSURE.some((sentence) => reason?.startsWith(sentence));
  return isUnsure ? ["edit", "scratch", "absent", "found"] : statusWords(status).acts;
}

export function categoryWord(category: string): string {
  return CATEGORIES[category] ?? category;
}

/** The colour of a category's dot, as a value for CSS. */
export function categoryColor(category: string): string {
  return `var(--category-${category in CATEGORIES ? category : "other"})`;
}

export function stepWords(step: string): string {
  return POST_STEPS[step] ?? step.replaceAll("_", " ");
}

/** Above 0.7, 95 of 100 notes are right (docs/structuring.md). */
export function confidenceWord(confidence: number): "Sure" | "Likely" | "Check" {
  if (confidence > 0.7) return "Sure";
  return confidence >= 0.5 ? "Likely" : "Check";
}

/** What to say where part of the speech did not become text, or null where all did or nobody can tell. */
export function coverageWords(coverage: number | null): string | null {
  return coverage === null || coverage >= 0.9 ? null : `${Math.round(coverage * 100)} % heard`;
}

/** A link that may be opened: http(s) or a path of the server; anything else is not made a link. */
export function safeLink(permalink: string | null): string | null {
  return permalink !== null && /^(?:https?:\/\/|\/(?!\/))/i.test(permalink) ? permalink : null;
}
