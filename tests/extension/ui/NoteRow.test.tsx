// @vitest-environment happy-dom
// extension/src/ui/NoteRow.tsx and NoteEdit.tsx: one note, by mouse and by key.

import { readFileSync } from "node:fs";
import { join } from "node:path";
import { useState } from "preact/hooks";
import { act as acting } from "preact/test-utils";
import { describe, expect, it } from "vitest";
import { NoteRow } from "../../../extension/src/ui/NoteRow";
import type { NoteActions, NoteView, Posting } from "../../../extension/src/ui/note";
import { choose, click, key, mount, one, type } from "./mount";
import { actions, note } from "./notes";

function Editable(props: { readonly note: NoteView; readonly actions: NoteActions; readonly posting?: Posting }) {
  const [editing, setEditing] = useState(false);
  return <NoteRow {...props} editing={editing} onEditing={(_, on) => setEditing(on)} reachable durationS={600} />;
}

function show(change: Partial<NoteView> = {}, posting: Posting = {}) {
  const acted = actions();
  const draw = (more: Partial<NoteView> = {}) =>
    mount(<Editable note={note({ ...change, ...more })} actions={acted} posting={posting} />);
  draw();
  return { ...acted, draw };
}
const act = (which: string) => one<HTMLButtonElement>(`[data-act=${which}]`);
const acts = () => [...document.querySelectorAll("[data-act]")].map((button) => button.getAttribute("data-act"));
const text = () => one<HTMLTextAreaElement>("textarea");
const time = () => one<HTMLInputElement>("input");
const settle = () => acting(() => new Promise<void>((done) => setTimeout(done)));

describe("a note", () => {
  it("says in words what it shows in colours", () => {
    show({ status: "ghost", confidence: 0.62, coverage: 0.71 });
    expect(one("article").getAttribute("aria-label")).toBe("Pacing note at 1 minute 5 seconds, Draft");
    expect(one(".confidence").textContent).toBe("Confidence: Likely");
    expect(one(".note-facts").textContent).toBe("PacingDraft71 % heard");
    for (const button of document.querySelectorAll("button")) {
      expect(button.getAttribute("aria-label") ?? button.textContent).toMatch(/\w/);
    }
  });

  it("seeks with its timecode", () => {
    const { onSeek } = show();
    click(one(".note-time"));
    expect(onSeek.mock.calls[0]?.[0].id).toBe("a");
  });

  it("without a time does not seek, and says so", () => {
    const { onSeek } = show({ timestamp_s: null });
    click(one(".note-time"));
    expect(onSeek).not.toHaveBeenCalled();
    expect(one(".note-time").getAttribute("aria-label")).toContain("This note has no time");
  });

  it("hands over itself with each action", () => {
    const { onConfirm, onScratch, onPost } = show({ status: "ghost" });
    for (const which of ["confirm", "scratch", "post"]) click(act(which));
    for (const called of [onConfirm, onScratch, onPost]) expect(called.mock.calls[0]?.[0].revision).toBe(3);
  });

  it("can be acted on by key", () => {
    const { onConfirm, onScratch, onPost } = show({ status: "ghost" });
    const at = one(".note-time");
    key(at, "c");
    key(at, "Delete");
    key(at, "Enter", { ctrlKey: true });
    key(at, "Enter", { metaKey: true });
    expect([onConfirm, onScratch, onPost].map((called) => called.mock.calls.length)).toEqual([1, 1, 2]);
    key(at, "c", { ctrlKey: true });
    expect(onConfirm).toHaveBeenCalledOnce();
  });

  it("on its way can't be acted on, and says how far it is", () => {
    const { onPost, onScratch } = show({ status: "posting" }, { step: "signing_in" });
    expect(acts()).toEqual([]);
    key(one(".note-time"), "Enter", { ctrlKey: true });
    key(one(".note-time"), "Delete");
    expect(onPost).not.toHaveBeenCalled();
    expect(onScratch).not.toHaveBeenCalled();
    expect(one(".note-status").textContent).toBe("Posting · signing in");
  });

  it("that was posted leads to its comment", () => {
    show({ status: "posted", permalink: "https://video.example/c" }, { message: "old" });
    const link = one<HTMLAnchorElement>("a");
    expect(link.textContent).toBe("Posted ✅ open the comment in a new tab");
    expect([link.getAttribute("href"), link.target, link.rel]).toEqual([
      "https://video.example/c",
      "_blank",
      "noopener noreferrer",
    ]);
    expect(document.body.textContent).not.toContain("old");
  });

  it("makes no link of what is none", () => {
    show({ status: "posted", permalink: "javascript:alert(1)" });
    expect(document.querySelector("a")).toBeNull();
    expect(one(".note-status").textContent).toBe("Posted");
  });

  it("that failed says why, and is tried again by button and by key", () => {
    const { onRetry, onPost } = show({ status: "failed" }, { message: "Comments are off." });
    expect(one(".note-told").textContent).toBe("Comments are off.");
    click(act("retry"));
    key(one(".note-time"), "Enter", { ctrlKey: true });
    expect([onRetry.mock.calls.length, onPost.mock.calls.length]).toEqual([2, 0]);
  });
});

describe("editing", () => {
  it("begins with the text selected, by button or E", () => {
    show();
    key(one(".note-time"), "e");
    expect(document.activeElement).toBe(text());
    expect([text().value, time().value, one<HTMLSelectElement>("select").value]).toEqual([
      "Cut two frames earlier",
      "1:05",
      "pacing",
    ]);
  });

  it("sends only what was changed, and the revision that was seen", async () => {
    const { onEdit } = show();
    click(act("edit"));
    type(text(), "  Cut three frames earlier ");
    expect(key(text(), "Enter").defaultPrevented).toBe(true);
    expect(onEdit.mock.calls[0]?.slice(1)).toEqual([{ text: "Cut three frames earlier", revision: 3 }, "keep"]);
    await settle();
    expect(document.querySelector("textarea")).toBeNull();
  });

  it("stays until it is taken, and with what was typed where it is refused", async () => {
    const { onEdit } = show();
    let answer = (_taken: boolean) => {};
    onEdit.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    click(act("edit"));
    type(text(), "Mine");
    key(text(), "Enter");
    key(text(), "Enter");
    expect([text().readOnly, one("[type=submit]").textContent]).toEqual([true, "Saving…"]);
    answer(false);
    await settle();
    expect([text().value, text().readOnly, one("[type=submit]").textContent]).toEqual(["Mine", false, "Save"]);
    expect(onEdit).toHaveBeenCalledOnce();
  });

  it("that was refused is saved over what the person then sees", async () => {
    const { draw, onEdit } = show();
    onEdit.mockResolvedValueOnce(false);
    click(act("edit"));
    type(text(), "Mine");
    key(text(), "Enter");
    await settle();
    draw({ text: "Theirs", category: "audio", revision: 4 });
    expect(document.body.textContent).toContain("(Kept: “Theirs”). Save again to put yours in its place");
    key(text(), "Enter");
    await settle();
    expect(onEdit.mock.calls.map(([, change]) => change.revision)).toEqual([3, 4]);
    expect(onEdit.mock.calls[1]?.[1]).toEqual({ text: "Mine", revision: 4 });
    expect(document.querySelector("textarea")).toBeNull();
  });

  it("that was left meanwhile closes no later one", async () => {
    const { onEdit } = show();
    let answer = (_taken: boolean) => {};
    onEdit.mockReturnValueOnce(new Promise((resolve) => (answer = resolve)));
    click(act("edit"));
    type(text(), "Mine");
    key(text(), "Enter");
    key(text(), "Escape");
    click(act("edit"));
    answer(true);
    await settle();
    expect(text().value).toBe("Cut two frames earlier");
  });

  it("changes category and time too", () => {
    const { onEdit } = show();
    click(act("edit"));
    choose(one<HTMLSelectElement>("select"), "audio");
    type(time(), "2:10");
    key(time(), "Enter");
    expect(onEdit.mock.calls[0]?.slice(1)).toEqual([{ category: "audio", timestamp_s: 130, revision: 3 }, "keep"]);
  });

  it("keeps the exact second where the time was not touched", () => {
    const { onEdit } = show();
    click(act("edit"));
    type(time(), "1:06");
    type(time(), "1:05");
    key(text(), "Enter");
    expect(onEdit).not.toHaveBeenCalled();
  });

  it("posts with Ctrl+Enter, changed or not", async () => {
    const { onEdit, onPost } = show();
    click(act("edit"));
    key(text(), "Enter", { ctrlKey: true });
    expect(onPost).toHaveBeenCalledOnce();
    await settle();
    click(act("edit"));
    type(text(), "Other words");
    key(text(), "Enter", { metaKey: true });
    expect(onEdit.mock.calls[0]?.slice(1)).toEqual([{ text: "Other words", revision: 3 }, "post"]);
    expect(onPost).toHaveBeenCalledOnce();
  });

  it("is left with Esc, and nothing is sent", () => {
    const { onEdit } = show();
    click(act("edit"));
    type(text(), "Other words");
    key(text(), "Escape");
    expect(one(".note-text").textContent).toBe("Cut two frames earlier");
    expect(onEdit).not.toHaveBeenCalled();
  });

  it("refuses a time that is none or beyond the end, with a sentence", () => {
    const { onEdit } = show();
    click(act("edit"));
    for (const [written, message] of [
      ["1:7", "Write the seconds with two digits: 1:05."],
      ["10:01", "The video ends at 10:00."],
    ] as const) {
      type(time(), written);
      key(time(), "Enter");
      expect(time().getAttribute("aria-invalid")).toBe("true");
      expect(one(`[id="${time().getAttribute("aria-describedby")}"]`).textContent).toBe(message);
    }
    expect(onEdit).not.toHaveBeenCalled();
  });

  it("refuses an empty text", () => {
    const { onEdit } = show();
    click(act("edit"));
    type(text(), "  ");
    key(text(), "Enter");
    expect(text().getAttribute("aria-invalid")).toBe("true");
    expect(onEdit).not.toHaveBeenCalled();
  });

  it("keeps what is typed when the note changes elsewhere, and says so", () => {
    const { draw, onEdit } = show();
    click(act("edit"));
    type(text(), "Mine");
    draw({ text: "Theirs", revision: 4 });
    expect(text().value).toBe("Mine");
    expect(document.body.textContent).toContain("This note has changed elsewhere (Kept: “Theirs”)");
    key(text(), "Enter");
    expect(onEdit.mock.calls[0]?.[1]).toEqual({ text: "Mine", revision: 3 });
  });

  it("leaves Enter on a button to the button", () => {
    const { onEdit } = show();
    click(act("edit"));
    type(text(), "Mine");
    const [cancel] = document.querySelectorAll("button");
    expect(cancel?.textContent).toBe("Cancel");
    if (cancel) key(cancel, "Enter");
    expect(onEdit).not.toHaveBeenCalled();
  });
});

describe("a note whose comment may be on the site", () => {
  const POSTING = readFileSync(join(import.meta.dirname, "../../../automation/posting.py"), "utf8");
  const reasons = ["UNSEEN", "UNSURE"].map((name) => new RegExp(`^${name} = "(.+)"$`, "m").exec(POSTING)?.[1] ?? "");

  it.each(reasons)("asks whether it is there: %s", (reason) => {
    const { onSettle, draw } = show({ status: "needs_attention", reason });
    expect(one(".note-told").textContent).toBe(reason);
    expect(acts()).toEqual(["edit", "scratch", "absent", "found"]);
    click(act("found"));
    click(act("absent"));
    expect(onSettle.mock.calls.map(([, found]) => found)).toEqual([true, false]);
    draw({ reason: "Sign in again, then retry." });
    expect(acts()).toEqual(["edit", "scratch", "retry"]);
  });
});
