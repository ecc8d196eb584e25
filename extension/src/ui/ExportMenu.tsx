// A button that opens a short menu of formats. Arrow keys and letters move in it, Esc and a click elsewhere close it.

import { useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "../look/Icon";

export interface ExportItem {
  readonly id: string;
  readonly label: string;
  readonly hint?: string | undefined;
}

export interface ExportMenuProps {
  readonly items: readonly ExportItem[];
  readonly onPick: (id: string) => void;
  /** Why there is nothing to export. */
  readonly refused?: string | null | undefined;
}

export function ExportMenu({ items, onPick, refused }: ExportMenuProps) {
  const [open, setOpen] = useState(false);
  const whole = useRef<HTMLDivElement>(null);
  const button = useRef<HTMLButtonElement>(null);
  const id = useId();
  const entries = () => [...(whole.current?.querySelectorAll<HTMLElement>("[role=menuitem]") ?? [])];

  useEffect(() => {
    if (!open) return;
    entries()[0]?.focus();
    const elsewhere = (event: Event) => {
      if (event.target instanceof Node && !whole.current?.contains(event.target)) setOpen(false);
    };
    document.addEventListener("pointerdown", elsewhere);
    return () => document.removeEventListener("pointerdown", elsewhere);
  }, [open]);

  const close = () => {
    setOpen(false);
    button.current?.focus();
  };
  const onMenuKey = (event: KeyboardEvent) => {
    const all = entries();
    const at = all.indexOf(document.activeElement as HTMLElement);
    const moves: Readonly<Record<string, number>> = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: -1 };
    const move = moves[event.key];
    const letter = event.key.length === 1 ? event.key.toLowerCase() : null;
    if (event.key === "Escape" || event.key === "Tab") close();
    else if (move !== undefined) all.at(move % all.length)?.focus();
    else if (letter) all.find((entry) => entry.textContent?.toLowerCase().startsWith(letter))?.focus();
    else return;
    if (event.key !== "Tab" && !(letter === " ")) event.preventDefault();
    event.stopPropagation();
  };

  return (
    <div class="menu" ref={whole}>
      <button
        ref={button}
        type="button"
        class="button"
        aria-haspopup="menu"
        aria-expanded={open}
        aria-controls={open ? id : undefined}
        aria-disabled={refused ? "true" : undefined}
        title={refused ?? undefined}
        onClick={() => !refused && setOpen(!open)}
        onKeyDown={(event) => {
          if (event.key !== "ArrowDown" || refused) return;
          event.preventDefault();
          setOpen(true);
        }}
      >
        <Icon name="download" />
        Export
        <Icon name="chevron" />
      </button>
      {open && (
        <div id={id} class="menu-items" role="menu" aria-label="Export as" tabIndex={-1} onKeyDown={onMenuKey}>
          {items.map((item) => (
            <button
              type="button"
              role="menuitem"
              tabIndex={-1}
              key={item.id}
              onClick={() => {
                close();
                onPick(item.id);
              }}
            >
              {item.label}
              {item.hint && <span class="hint">{item.hint}</span>}
            </button>
          ))}
        </div>
      )}
    </div>
  );
}
