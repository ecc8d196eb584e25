// The category of one note. A category that this version does not know stays choosable.

import { useId } from "preact/hooks";
import { CATEGORIES, categoryWord } from "./note";

export interface CategorySelectProps {
  readonly value: string;
  readonly onChange: (category: string) => void;
  readonly disabled?: boolean | undefined;
}

export function CategorySelect({ value, onChange, disabled }: CategorySelectProps) {
  const id = useId();
  const known = Object.keys(CATEGORIES);
  return (
    <span class="category-select">
      <label class="unseen" for={id}>
        Category
      </label>
      <select
        id={id}
        class="input"
        value={value}
        disabled={disabled}
        onChange={(event) => onChange(event.currentTarget.value)}
      >
        {(known.includes(value) ? known : [value, ...known]).map((category) => (
          <option key={category} value={category}>
            {categoryWord(category)}
          </option>
        ))}
      </select>
    </span>
  );
}
