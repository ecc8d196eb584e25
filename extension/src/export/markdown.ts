// Notes as Markdown, for a mail or a ticket: a list by time, each time a link to that second where the site has one.

import { categoryWord, statusWords } from "../ui/note";
import { formatTime } from "../ui/time";
import { momentOf } from "./moment";
import { type ExportedReview, oneLine } from "./review";

export function markdownOf({ title, url, notes }: ExportedReview): string {
  const lines = notes.map((note) => {
    const time = formatTime(note.timestamp_s);
    const at = momentOf(url, note.timestamp_s);
    const when = isLink(at) ? `[${time}](${linked(at)})` : time;
    const link = note.permalink === null ? "" : ` ([comment](${linked(note.permalink)}))`;
    const about = `${escaped(categoryWord(note.category))}, ${statusWords(note.status).word.toLowerCase()}`;
    return `- **${when}** ${escaped(note.text)} *${about}*${link}`;
  });
  const source = isLink(url) ? `<${linked(url)}>` : escaped(url);
  return [`# ${escaped(title || "Notes")}`, "", source, "", ...lines, ""].join("\n");
}

function isLink(url: string): boolean {
  return /^https?:\/\//i.test(url);
}

/** Nothing in it ends the link. */
function linked(url: string): string {
  return url.replace(/[\s<>()]/g, (letter) => `%${letter.charCodeAt(0).toString(16).padStart(2, "0")}`);
}

/** Said as it was written: nothing of it is a mark, a link or HTML. It never stands at the start of a line. */
function escaped(text: string): string {
  return oneLine(text).replace(/[\\`*_[\]<>#|~&]/g, "\\$&");
}
