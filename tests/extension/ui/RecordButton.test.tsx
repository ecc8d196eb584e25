// @vitest-environment happy-dom
// extension/src/ui/RecordButton.tsx: held or toggled, by pointer, key and assistive technology.

import { describe, expect, it, vi } from "vitest";
import { RecordButton, type RecordButtonProps } from "../../../extension/src/ui/RecordButton";
import { click, key, mount, one, pointer, send, unmount } from "./mount";

function talk(change: Partial<RecordButtonProps> = {}) {
  const calls = { onPress: vi.fn(), onRelease: vi.fn(), onCancel: vi.fn() };
  const draw = (more: Partial<RecordButtonProps> = {}) =>
    mount(<RecordButton mode="hold" state="idle" {...calls} {...change} {...more} />);
  draw();
  return { ...calls, draw, button: one("button") };
}

describe("held", () => {
  it("is pressed as long as the pointer is down", () => {
    const { button, onPress, onRelease } = talk();
    expect(button.getAttribute("aria-pressed")).toBe("false");
    pointer(button, "pointerdown");
    expect(onPress).toHaveBeenCalledOnce();
    expect(button.getAttribute("aria-pressed")).toBe("true");
    expect(onRelease).not.toHaveBeenCalled();
    pointer(button, "pointerup");
    pointer(button, "lostpointercapture");
    expect(onRelease.mock.calls).toEqual([["up"]]);
    expect(button.getAttribute("aria-pressed")).toBe("false");
  });

  it("takes the main button of a mouse alone", () => {
    const { button, onPress } = talk();
    pointer(button, "pointerdown", { button: 2 });
    expect(onPress).not.toHaveBeenCalled();
  });

  it.each([" ", "Enter"])("is pressed as long as %j is down, however often it repeats", (name) => {
    const { button, onPress, onRelease } = talk();
    expect(key(button, name).defaultPrevented).toBe(true);
    key(button, name, { repeat: true });
    key(button, name, { repeat: true });
    expect(onPress).toHaveBeenCalledOnce();
    expect(key(button, name, {}, "keyup").defaultPrevented).toBe(true);
    expect(onRelease.mock.calls).toEqual([["up"]]);
  });

  const losses: readonly [string, (button: HTMLElement) => void][] = [
    ["a cancelled touch", (button) => pointer(button, "pointercancel")],
    ["the pointer being taken away", (button) => pointer(button, "lostpointercapture")],
    ["the focus going elsewhere", (button) => send(button, new FocusEvent("blur"))],
    ["another window", () => send(window, new Event("blur"))],
    ["the page going away", () => send(window, new Event("pagehide"))],
    ["the button going away", unmount],
  ];
  it.each(losses)("is released by %s, once", (_, lose) => {
    const { button, onRelease } = talk();
    pointer(button, "pointerdown");
    lose(button);
    expect(onRelease.mock.calls).toEqual([["lost"]]);
    send(window, new Event("blur"));
    expect(onRelease.mock.calls).toEqual([["lost"]]);
  });

  it("is released when the page is hidden", () => {
    const { button, onRelease } = talk();
    key(button, " ");
    vi.spyOn(document, "visibilityState", "get").mockReturnValue("hidden");
    send(document, new Event("visibilitychange"));
    expect(onRelease.mock.calls).toEqual([["lost"]]);
  });

  it("is released when the microphone is refused meanwhile", () => {
    const { button, draw, onRelease } = talk();
    pointer(button, "pointerdown");
    draw({ refused: "The microphone is gone." });
    expect(onRelease.mock.calls).toEqual([["lost"]]);
  });

  it("drops what was said with Esc", () => {
    const { button, onRelease, onCancel } = talk();
    key(button, "Escape");
    expect(onCancel).not.toHaveBeenCalled();
    pointer(button, "pointerdown");
    key(button, "Escape");
    expect(onCancel).toHaveBeenCalledOnce();
    pointer(button, "pointerup");
    expect(onRelease).not.toHaveBeenCalled();
  });

  it("toggles for an assistive technology, which can't hold", () => {
    const { button, onPress, onRelease } = talk();
    click(button, { detail: 0 });
    expect([onPress.mock.calls.length, onRelease.mock.calls.length]).toEqual([1, 0]);
    click(button, { detail: 0 });
    expect([onPress.mock.calls.length, onRelease.mock.calls.length]).toEqual([1, 1]);
    click(button, { detail: 1 });
    expect(onPress).toHaveBeenCalledOnce();
  });
});

it("toggles: one press starts, the next one stops", () => {
  const { button, draw, onPress, onRelease } = talk({ mode: "toggle" });
  click(button);
  expect(onPress).toHaveBeenCalledOnce();
  draw({ state: "listening" });
  expect(button.getAttribute("aria-pressed")).toBe("true");
  send(window, new Event("blur"));
  expect(onRelease).not.toHaveBeenCalled();
  click(button);
  expect(onRelease.mock.calls).toEqual([["up"]]);
});

it("says why it can't be used, and does nothing", () => {
  const { button, onPress } = talk({ refused: "Allow the microphone first." });
  expect(button.getAttribute("aria-disabled")).toBe("true");
  expect(one(`[id="${button.getAttribute("aria-describedby")}"]`).textContent).toBe("Allow the microphone first.");
  pointer(button, "pointerdown");
  key(button, "Enter");
  click(button, { detail: 0 });
  expect(onPress).not.toHaveBeenCalled();
});

it("announces when it listens, and when no longer", () => {
  const { draw } = talk();
  const said = () => one("[role=status]").textContent;
  expect(said()).toBe("Microphone off");
  draw({ state: "starting" });
  expect(said()).toBe("");
  draw({ state: "listening" });
  expect(said()).toBe("Listening");
});
