// The fields of the options: text, choice and switch, each with its name, a hint and what is wrong with it.

import type { ComponentChildren } from "preact";
import { useEffect, useId, useState } from "preact/hooks";

interface Labelled {
  readonly label: string;
  readonly hint?: string | undefined;
  readonly disabled?: boolean | undefined;
}

export interface FieldProps extends Labelled {
  readonly value: string;
  readonly onInput: (value: string) => void;
  readonly type?: "text" | "password" | undefined;
  readonly placeholder?: string | undefined;
  readonly fault?: string | null | undefined;
  /** What stands beside it, such as a button. */
  readonly beside?: ComponentChildren;
}

export function Field(props: FieldProps) {
  const id = useId();
  const { label, hint, fault, value, onInput, type = "text", placeholder, disabled, beside } = props;
  const input = {
    id,
    class: "input",
    value,
    placeholder: placeholder ?? "",
    disabled: disabled ?? false,
    autocomplete: "off",
    spellcheck: false,
    "aria-invalid": fault ? ("true" as const) : undefined,
    "aria-describedby": `${id}-told`,
    onInput: (event: { readonly currentTarget: HTMLInputElement }) => onInput(event.currentTarget.value),
  };
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      <div class="field-line">
        {type === "password" ? <input {...input} type="password" /> : <input {...input} type="text" />}
        {beside}
      </div>
      <p id={`${id}-told`} class={fault ? "fault" : "hint"} role={fault ? "alert" : undefined}>
        {fault ?? hint}
      </p>
    </div>
  );
}

export interface SelectProps<Value extends string> extends Labelled {
  readonly value: Value;
  readonly options: readonly { readonly value: Value; readonly label: string }[];
  readonly onChange: (value: Value) => void;
}

export function Select<Value extends string>(props: SelectProps<Value>) {
  const id = useId();
  const { label, hint, value, options, onChange, disabled } = props;
  return (
    <div class="field">
      <label class="label" for={id}>
        {label}
      </label>
      <select
        id={id}
        class="input"
        value={value}
        disabled={disabled}
        aria-describedby={`${id}-told`}
        onChange={(event) => {
          const chosen = options.find((option) => option.value === event.currentTarget.value);
          if (chosen) onChange(chosen.value);
        }}
      >
        {options.map((option) => (
          <option key={option.value} value={option.value}>
            {option.label}
          </option>
        ))}
      </select>
      <p id={`${id}-told`} class="hint">
        {hint}
      </p>
    </div>
  );
}

export interface SwitchProps extends Labelled {
  readonly on: boolean;
  readonly onChange: (on: boolean) => void;
}

const KEPT_WITHIN_MS = 2_000;

/** Shows at once what the person chose; where that is not kept, what is. */
export function Switch({ label, hint, on, onChange, disabled }: SwitchProps) {
  const id = useId();
  const [chosen, setChosen] = useState<boolean | null>(null);
  const shown = chosen ?? on;

  useEffect(() => setChosen(null), [on]);
  useEffect(() => {
    if (chosen === null) return;
    const timer = setTimeout(() => setChosen(null), KEPT_WITHIN_MS);
    return () => clearTimeout(timer);
  }, [chosen]);

  const choose = (wanted: boolean) => {
    setChosen(wanted);
    onChange(wanted);
  };
  return (
    <div class="field switch">
      <input
        id={id}
        type="checkbox"
        role="switch"
        aria-checked={shown}
        checked={shown}
        disabled={disabled}
        aria-describedby={`${id}-told`}
        onChange={(event) => choose(event.currentTarget.checked)}
        onKeyDown={(event) => {
          if (event.key !== "Enter" || disabled) return;
          event.preventDefault();
          choose(!shown);
        }}
      />
      <label class="label" for={id}>
        {label}
      </label>
      <p id={`${id}-told`} class="hint">
        {hint}
      </p>
    </div>
  );
}
