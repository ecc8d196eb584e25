// What the rows of the list can do, as one object for as long as the review is the same one.

import type { NoteCommands } from "../review/commands";
import type { Talk } from "../talk/talk";
import type { NoteActions } from "../ui/note";

export function actionsOf(commands: NoteCommands, talk: Talk): NoteActions {
  return {
    onSeek: ({ timestamp_s }) => timestamp_s !== null && talk.command({ action: "seek", to_s: timestamp_s }),
    onEdit: commands.edit,
    onConfirm: (note) => void commands.confirm(note),
    onScratch: (note) => void commands.scratch(note),
    onPost: (note) => void commands.post(note),
    onRetry: (note) => void commands.post(note),
    onSettle: (note, found) => void commands.settle(note, found),
  };
}
