// A time of the video as text, and what is wrong with it. The owner validates (time.ts).

import { useId } from "preact/hooks";

export interface TimeFieldProps {
  readonly value: string;
  readonly fault: string | null;
  readonly onInput: (written: string) => void;
  readonly label?: string | undefined;
  readonly readOnly?: boolean | undefined;
}

export function TimeField({ value, fault, onInput, label = "Time in the video", readOnly }: TimeFieldProps) {
  const id = useId();
  return (
    <span class="time-field">
      <label class="unseen" for={id}>
        {label}
      </label>
      <input
        id={id}
        class="input timecode"
        type="text"
        inputMode="numeric"
        autocomplete="off"
        placeholder="m:ss"
        size={7}
        value={value}
        readOnly={readOnly}
        aria-invalid={fault ? "true" : undefined}
        aria-describedby={`${id}-fault`}
        onInput={(event) => onInput(event.currentTarget.value)}
      />
      <span class="fault" id={`${id}-fault`} role="status">
        {fault}
      </span>
    </span>
  );
}
