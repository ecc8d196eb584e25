// extension/src/ui/note.ts: notes for the tests of its components.

import { vi } from "vitest";
import type { NoteActions, NoteView } from "../../../extension/src/ui/note";

export function note(change: Partial<NoteView> = {}): NoteView {
  return {
    id: "a",
    text: "Cut two frames earlier",
    transcript: "um cut two frames earlier",
    category: "pacing",
    confidence: 0.9,
    coverage: 1,
    timestamp_s: 65.4,
    status: "firmed",
    revision: 3,
    permalink: null,
    ...change,
  };
}

export function actions() {
  return {
    onSeek: vi.fn(),
    onEdit: vi.fn<NoteActions["onEdit"]>(async () => true),
    onConfirm: vi.fn(),
    onScratch: vi.fn(),
    onPost: vi.fn(),
    onRetry: vi.fn(),
    onSettle: vi.fn(),
  };
}
