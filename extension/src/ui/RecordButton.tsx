// The button to talk. Held: pressed as long as the pointer or the key is down, and whatever takes either away (another
// window, a cancelled touch, the page itself) is a release. Toggled: one press starts, the next one stops. It records
// nothing; it says when.

import { useCallback, useEffect, useId, useRef, useState } from "preact/hooks";
import { Icon } from "../look/Icon";

export type Release = "up" | "lost";

export interface RecordButtonProps {
  readonly mode: "hold" | "toggle";
  /** What the microphone does: `starting` until the first sound has arrived, `paused` while it is on and hears nothing. */
  readonly state: "idle" | "starting" | "listening" | "paused";
  readonly onPress: () => void;
  /** `lost`: not the person's finger, but the focus, window or page went away. */
  readonly onRelease: (how: Release) => void;
  /** Esc while it is held: drop what was said. */
  readonly onCancel?: (() => void) | undefined;
  /** Why it can't be used now. */
  readonly refused?: string | null | undefined;
}

const WORDS = {
  hold: {
    idle: "Hold to talk",
    starting: "One moment…",
    listening: "Let go to finish",
    paused: "Paused",
  },
  toggle: {
    idle: "Start talking",
    starting: "One moment…",
    listening: "Press to stop",
    paused: "Paused. Press to stop",
  },
} as const;
const SAID = { idle: "Microphone off", starting: "", listening: "Listening", paused: "Paused" } as const;

export function RecordButton({ mode, state, onPress, onRelease, onCancel, refused }: RecordButtonProps) {
  const [held, setHeld] = useState(false);
  const holding = useRef(false);
  const wordsId = useId();
  const callbacks = useRef({ onPress, onRelease, onCancel });
  callbacks.current = { onPress, onRelease, onCancel };

  const press = useCallback(() => {
    if (holding.current) return;
    holding.current = true;
    setHeld(true);
    callbacks.current.onPress();
  }, []);
  const release = useCallback((how: Release | "cancel") => {
    if (!holding.current) return;
    holding.current = false;
    setHeld(false);
    if (how === "cancel" && callbacks.current.onCancel) callbacks.current.onCancel();
    else callbacks.current.onRelease(how === "cancel" ? "lost" : how);
  }, []);

  useEffect(() => {
    const lost = () => release("lost");
    const hidden = () => document.visibilityState === "hidden" && release("lost");
    window.addEventListener("blur", lost);
    window.addEventListener("pagehide", lost);
    document.addEventListener("visibilitychange", hidden);
    return () => {
      window.removeEventListener("blur", lost);
      window.removeEventListener("pagehide", lost);
      document.removeEventListener("visibilitychange", hidden);
      release("lost");
    };
  }, [release]);

  useEffect(() => {
    if (mode === "toggle" || refused) release("lost");
  }, [mode, refused, release]);

  const on = mode === "hold" ? held : state !== "idle";
  const toggle = () => (state === "idle" ? onPress() : onRelease("up"));
  const hold = {
    onPointerDown: (event: PointerEvent) => {
      if (refused || event.button !== 0) return;
      if (event.currentTarget instanceof Element) event.currentTarget.setPointerCapture?.(event.pointerId);
      press();
    },
    onPointerUp: () => release("up"),
    onPointerCancel: () => release("lost"),
    onLostPointerCapture: () => release("lost"),
    onContextMenu: (event: Event) => event.preventDefault(),
    onBlur: () => release("lost"),
    onKeyDown: (event: KeyboardEvent) => {
      if (event.key === "Escape" && holding.current) {
        event.stopPropagation();
        release("cancel");
      }
      if (!isHoldKey(event)) return;
      event.preventDefault();
      if (!event.repeat && !refused) press();
    },
    onKeyUp: (event: KeyboardEvent) => {
      if (!isHoldKey(event)) return;
      event.preventDefault();
      release("up");
    },
    // Neither pointer nor key came before it: an assistive technology, which can't hold. It toggles.
    onClick: (event: MouseEvent) => {
      if (event.detail !== 0 || refused) return;
      if (holding.current) release("up");
      else press();
    },
  };

  return (
    <div class="record">
      <button
        type="button"
        class={`record-button ${on ? state : ""} ${on ? "on" : ""}`}
        aria-pressed={on}
        aria-disabled={refused ? "true" : undefined}
        aria-label={mode === "hold" ? "Hold to talk" : "Talk"}
        aria-describedby={wordsId}
        {...(mode === "hold" ? hold : { onClick: () => !refused && toggle() })}
      >
        <Icon name={on && mode === "toggle" ? "stop" : "microphone"} />
      </button>
      <p id={wordsId} class={refused ? "record-words refused" : "record-words"}>
        {refused ?? WORDS[mode][on && state === "idle" ? "starting" : on ? state : "idle"]}
      </p>
      <span class="unseen" role="status">
        {SAID[state]}
      </span>
    </div>
  );
}

function isHoldKey(event: KeyboardEvent): boolean {
  return (event.key === " " || event.key === "Enter") && !event.ctrlKey && !event.metaKey && !event.altKey;
}
