// @vitest-environment happy-dom
// extension/src/ui/NoteBox.tsx: a typed note with its time.

import { act } from "preact/test-utils";
import { expect, it, vi } from "vitest";
import { NoteBox, type NoteBoxProps } from "../../../extension/src/ui/NoteBox";
import { choose, click, key, mount, one, send, type } from "./mount";

function box(change: Partial<NoteBoxProps> = {}) {
  const onSave = vi.fn<NoteBoxProps["onSave"]>(async () => null);
  const draw = (more: Partial<NoteBoxProps> = {}) =>
    mount(<NoteBox positionS={65} durationS={600} onSave={onSave} {...change} {...more} />);
  draw();
  return { onSave, draw };
}
const text = () => one<HTMLTextAreaElement>("textarea");
const time = () => one<HTMLInputElement>("input");
const told = () => one(`[id="${text().getAttribute("aria-describedby")}"]`).textContent;
const settle = () => act(async () => {});

it("takes the time at which the person began to write", async () => {
  const { draw, onSave } = box();
  draw({ positionS: 70 });
  expect(time().value).toBe("1:10");
  type(text(), "Too dark");
  draw({ positionS: 95 });
  expect(time().value).toBe("1:10");
  key(text(), "Enter");
  await settle();
  expect(onSave.mock.calls).toEqual([[{ text: "Too dark", category: "other", timestamp_s: 70 }, "keep"]]);
});

it("goes back to the player's time when asked", () => {
  const { draw } = box();
  type(text(), "Too dark");
  draw({ positionS: 95 });
  click(one("[aria-label^='Take the time of the player']"));
  expect(time().value).toBe("1:35");
});

it("empties itself once the note is stored, and follows the player again", async () => {
  const { draw } = box();
  type(text(), "Too dark");
  choose(one<HTMLSelectElement>("select"), "color");
  send(one("form"), new Event("submit", { cancelable: true, bubbles: true }));
  await settle();
  draw({ positionS: 99 });
  expect([text().value, time().value, one<HTMLSelectElement>("select").value]).toEqual(["", "1:39", "other"]);
});

it("keeps the text where it could not be stored, and says why", async () => {
  box({ onSave: async () => "The server is away." });
  type(text(), "Too dark");
  key(text(), "Enter");
  await settle();
  expect([text().value, told()]).toEqual(["Too dark", "The server is away."]);
});

it("leaves the next note alone that was begun while this one was stored", async () => {
  let answer = (_refused: null) => {};
  box({ onSave: () => new Promise((resolve) => (answer = resolve)) });
  type(text(), "Too dark");
  key(text(), "Enter");
  type(text(), "And too loud");
  answer(null);
  await settle();
  expect([text().value, one("[type=submit]").textContent]).toEqual(["And too loud", "Save"]);
});

it("posts with Ctrl+Enter, and a second press meanwhile does nothing", async () => {
  const { onSave } = box();
  type(text(), "Too dark");
  key(text(), "Enter", { ctrlKey: true });
  key(text(), "Enter", { ctrlKey: true });
  await settle();
  expect(onSave.mock.calls.map(([, then]) => then)).toEqual(["post"]);
});

it.each([
  ["1:99", "Seconds go from 00 to 59."],
  ["99:00", "The video ends at 10:00."],
])("does not save at %s: %s", async (written, message) => {
  const { onSave } = box();
  type(text(), "Too dark");
  type(time(), written);
  expect(one(`[id="${time().getAttribute("aria-describedby")}"]`).textContent).toBe(message);
  key(text(), "Enter");
  await settle();
  expect(onSave).not.toHaveBeenCalled();
});

it("asks for a time where no player is known, and for words", async () => {
  const { onSave } = box({ positionS: null, durationS: null });
  key(text(), "Enter");
  await settle();
  expect(told()).toBe("Write what the note says.");
  type(text(), "Too dark");
  key(text(), "Enter");
  await settle();
  expect(time().getAttribute("aria-invalid")).toBe("true");
  expect(onSave).not.toHaveBeenCalled();
});

it("says when few characters are left", () => {
  box();
  type(text(), "x".repeat(185));
  expect(told()).toBe("15 characters left");
  expect(text().maxLength).toBe(200);
});

it("begins with a draft, and tells each change of it", async () => {
  const onDraft = vi.fn();
  box({ draft: { text: "Half a no", category: "audio", time: "0:30" }, onDraft });
  expect([text().value, time().value]).toEqual(["Half a no", "0:30"]);
  type(text(), "Half a note");
  key(text(), "Enter");
  await settle();
  expect(onDraft.mock.calls.map(([draft]) => draft).slice(-2)).toEqual([
    { text: "Half a note", category: "audio", time: "0:30" },
    { text: "", category: "other", time: null },
  ]);
});
