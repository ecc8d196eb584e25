// What of the notes is shown: words, category, status. Says how many there are; keeps nothing itself.

import { useId } from "preact/hooks";
import { Icon } from "../look/Icon";
import { EVERYTHING, isFiltered, type NoteFilter, STATUS_GROUPS, type StatusGroup } from "./filter";
import { CATEGORIES } from "./note";

export interface FiltersProps {
  readonly value: NoteFilter;
  readonly onChange: (value: NoteFilter) => void;
  readonly shown: number;
  readonly total: number;
}

export function Filters({ value, onChange, shown, total }: FiltersProps) {
  const id = useId();
  const count = isFiltered(value) ? `${shown} of ${total} notes` : total === 1 ? "1 note" : `${total} notes`;
  return (
    <search class="filters">
      <span class="filters-words">
        <Icon name="search" />
        <label class="unseen" for={`${id}-words`}>
          Find in notes
        </label>
        <input
          id={`${id}-words`}
          class="input"
          type="search"
          placeholder="Find in notes"
          value={value.text}
          onInput={(event) => onChange({ ...value, text: event.currentTarget.value })}
          onKeyDown={(event) => {
            if (event.key !== "Escape" || value.text === "") return;
            event.stopPropagation();
            onChange({ ...value, text: "" });
          }}
        />
      </span>
      <div class="filters-rest">
        <label class="unseen" for={`${id}-category`}>
          Category
        </label>
        <select
          id={`${id}-category`}
          class="input"
          value={value.category}
          onChange={(event) => onChange({ ...value, category: event.currentTarget.value })}
        >
          <option value="all">Any category</option>
          {Object.entries(CATEGORIES).map(([category, word]) => (
            <option key={category} value={category}>
              {word}
            </option>
          ))}
        </select>
        <label class="unseen" for={`${id}-status`}>
          Status
        </label>
        <select
          id={`${id}-status`}
          class="input"
          value={value.status}
          onChange={(event) => onChange({ ...value, status: event.currentTarget.value as StatusGroup })}
        >
          {Object.entries(STATUS_GROUPS).map(([group, { word }]) => (
            <option key={group} value={group}>
              {word}
            </option>
          ))}
        </select>
        <span class="filters-count">
          <span class="hint timecode" role="status">
            {count}
          </span>
          {isFiltered(value) && (
            <button type="button" class="button small bare" onClick={() => onChange(EVERYTHING)}>
              Clear
            </button>
          )}
        </span>
      </div>
    </search>
  );
}
