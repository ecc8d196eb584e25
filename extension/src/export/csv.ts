// Notes as CSV (RFC 4180), for a table. A cell that a spreadsheet would take for a formula begins with an apostrophe.

import { categoryWord, statusWords } from "../ui/note";
import { formatTime } from "../ui/time";
import type { ExportedReview } from "./review";

const HEAD = ["Time", "Seconds", "Category", "Note", "Status", "Confidence", "Link", "Heard"] as const;
const BYTE_ORDER_MARK = "\ufeff"; // or a spreadsheet takes it for another encoding

export function csvOf({ notes }: ExportedReview): string {
  const rows = notes.map((note) => [
    formatTime(note.timestamp_s),
    note.timestamp_s.toFixed(2),
    categoryWord(note.category),
    note.text,
    statusWords(note.status).word,
    note.confidence.toFixed(2),
    note.permalink ?? "",
    note.transcript,
  ]);
  return BYTE_ORDER_MARK + [HEAD, ...rows].map((row) => `${row.map(cell).join(",")}\r\n`).join("");
}

function cell(value: string): string {
  const harmless = /^\s*[=+\-@\t\r]/.test(value) ? `'${value}` : value;
  return /[",\r\n]/.test(harmless) || harmless.startsWith("'") ? `"${harmless.replaceAll('"', '""')}"` : harmless;
}
