// What of a session's notes is shown over the video: drafts as ghost comments, all that stand as markers. Pure.

/** What the overlays read of a note of the wire. */
export interface ShownNote {
  readonly id: string;
  readonly revision: number;
  readonly text: string;
  readonly confidence: number;
  readonly timestamp_s: number;
  readonly status: string;
}

export const MAX_GHOSTS = 3;
export const MAX_MARKERS = 500;

/** Pixels of a card with its gap, and of what else stands above and below the cards. As in sheet.ts. */
const USUAL = { card: 142, around: 150 } as const;
const LOW = { below: 260, card: 104, around: 52 } as const;

/** How many cards find room over a video. */
export function ghostsOver(heightPx: number): number {
  const { card, around } = heightPx <= LOW.below ? LOW : USUAL;
  return Math.max(0, Math.min(MAX_GHOSTS, Math.floor((heightPx - around) / card)));
}

/** The newest drafts, oldest first, and how many more there are. `notes` come in the order of their making. */
export function ghostsOf(
  notes: readonly ShownNote[],
  room: number,
): { readonly ghosts: readonly ShownNote[]; readonly more: number } {
  const ghosts = notes.filter(({ status }) => status === "ghost");
  const shown = room > 0 ? ghosts.slice(-room) : [];
  return { ghosts: shown, more: ghosts.length - shown.length };
}

const FAINT = 0.7; // with less, words lose their contrast of 4.5 to 1 over a white or a black picture

/** How opaque a draft is: surer ones more. */
export function opacityOf(confidence: number): number {
  const sure = Number.isFinite(confidence) ? Math.max(0, Math.min(1, confidence)) : 0;
  return FAINT + (1 - FAINT) * sure;
}

export type MarkerKind = "ghostly" | "kept" | "posted" | "wrong";

export interface Marker {
  readonly id: string;
  readonly kind: MarkerKind;
  /** From 0 at the beginning of the bar to 1 at its end. */
  readonly share: number;
}

const KINDS: Readonly<Record<string, MarkerKind>> = {
  ghost: "ghostly",
  posted: "posted",
  failed: "wrong",
  needs_attention: "wrong",
};

/** None while the length of the video is not known. */
export function markersOf(notes: readonly ShownNote[], durationS: number | null): readonly Marker[] {
  if (durationS === null || !(durationS > 0) || !Number.isFinite(durationS)) return [];
  return notes
    .filter(({ status, timestamp_s }) => status !== "cancelled" && timestamp_s >= 0 && timestamp_s <= durationS)
    .slice(-MAX_MARKERS)
    .map(({ id, status, timestamp_s }) => ({ id, kind: KINDS[status] ?? "kept", share: timestamp_s / durationS }));
}
