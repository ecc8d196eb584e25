// @vitest-environment happy-dom
// extension/src/ui/NoteList.tsx: few rows in the document, whatever the length; places, focus and the end.

import { beforeEach, describe, expect, it, vi } from "vitest";
import { NoteList, type NoteListProps } from "../../../extension/src/ui/NoteList";
import { click, key, mount, one, send, type } from "./mount";
import { actions, note } from "./notes";

const ROW_PX = 80;
const VIEW_PX = 400;
const many = (count: number, from = 0) =>
  Array.from({ length: count }, (_, index) => note({ id: `n${from + index}`, timestamp_s: from + index }));

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(ROW_PX);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(VIEW_PX);
});

function list(notes = many(2000), change: Partial<NoteListProps> = {}) {
  const acted = actions();
  const draw = (now = notes, more: Partial<NoteListProps> = {}) =>
    mount(<NoteList notes={now} actions={acted} empty={<p id="empty">Nothing</p>} {...change} {...more} />);
  draw();
  return { ...acted, draw, box: one(".note-list") };
}
const ids = () => [...document.querySelectorAll("[data-note]")].map((row) => row.getAttribute("data-note") ?? "");
const scroll = (box: HTMLElement, topPx: number) => {
  box.scrollTop = topPx;
  send(box, new Event("scroll"));
};
const focused = () => document.activeElement?.closest("[data-note]")?.getAttribute("data-note");

describe("two thousand notes", () => {
  it("are a few rows in the document, and say how many they are", () => {
    list();
    expect(ids()[0]).toBe("n0");
    expect(ids().length).toBeLessThan(20);
    const row = document.querySelector("li");
    expect([row?.getAttribute("aria-posinset"), row?.getAttribute("aria-setsize")]).toEqual(["1", "2000"]);
  });

  it("are drawn where one scrolls to, and the rows in both views are the same elements", () => {
    const { box } = list();
    const kept = one("[data-note=n3]");
    scroll(box, 2 * ROW_PX);
    expect(one("[data-note=n3]")).toBe(kept);
    scroll(box, 1000 * ROW_PX);
    expect(ids().length).toBeLessThan(20);
    expect(document.querySelector("[data-note=n3]")).toBeNull();
    expect(ids().some((id) => id.startsWith("n10"))).toBe(true);
  });

  it("filter to what matches", () => {
    const { draw } = list();
    draw(many(2000).filter((_, index) => index % 500 === 0));
    expect(ids()).toEqual(["n0", "n500", "n1000", "n1500"]);
  });

  it("keep what is being read where it is when notes come in above", () => {
    const { box, draw } = list(many(200, 10));
    scroll(box, 10 * ROW_PX + 30);
    const place = (id: string) =>
      Number(/\(([\d.]+)px/.exec(one(`[data-note=${id}]`).parentElement?.style.transform ?? "")?.[1]);
    const before = place("n20") - box.scrollTop;
    draw(many(210, 0));
    expect(place("n20") - box.scrollTop).toBeCloseTo(before);
    expect(box.scrollTop).toBeGreaterThan(15 * ROW_PX);
  });

  it("stay at the top when one is at the top", () => {
    const { box, draw } = list(many(200, 10));
    draw(many(210, 0));
    expect(box.scrollTop).toBe(0);
    expect(ids()[0]).toBe("n0");
  });
});

describe("by key", () => {
  it("arrow keys go from note to note, and Tab stops at one of them only", () => {
    list();
    one("[data-note=n0] .note-time").focus();
    key(document.activeElement ?? document, "ArrowDown");
    expect(focused()).toBe("n1");
    const stops = [...document.querySelectorAll<HTMLElement>("button")].filter((button) => button.tabIndex === 0);
    expect(new Set(stops.map((button) => button.closest("[data-note]")?.getAttribute("data-note")))).toEqual(
      new Set(["n1"]),
    );
    key(document.activeElement ?? document, "ArrowUp");
    key(document.activeElement ?? document, "ArrowUp");
    expect(focused()).toBe("n0");
  });

  it("Home and End reach both ends of two thousand", () => {
    const { box } = list();
    one("[data-note=n0] .note-time").focus();
    key(document.activeElement ?? document, "End");
    expect(focused()).toBe("n1999");
    expect(box.scrollTop).toBeGreaterThan(1900 * ROW_PX * 0.9);
    key(document.activeElement ?? document, "Home");
    expect([focused(), box.scrollTop]).toEqual(["n0", 0]);
  });

  it("the row with the focus stays in the document when it is scrolled away", () => {
    const { box } = list();
    one("[data-note=n0] .note-time").focus();
    scroll(box, 1000 * ROW_PX);
    expect(focused()).toBe("n0");
    expect(ids().length).toBeLessThan(22);
  });

  it("arrow keys inside a text stay there", () => {
    list();
    click(one("[data-note=n0] [data-act=edit]"));
    expect(key(one("textarea"), "ArrowDown").defaultPrevented).toBe(false);
    expect(document.activeElement).toBe(one("textarea"));
  });
});

it("what is being typed survives scrolling far away, and Esc goes back to the note", () => {
  const { box } = list();
  click(one("[data-note=n2] [data-act=edit]"));
  type(one<HTMLTextAreaElement>("textarea"), "Half a thou");
  scroll(box, 1500 * ROW_PX);
  expect(one<HTMLTextAreaElement>("textarea").value).toBe("Half a thou");
  key(one("textarea"), "Escape");
  expect(focused()).toBe("n2");
});

it("asks for more near the end, once for each length", () => {
  const onEnd = vi.fn();
  const { box, draw } = list(many(50), { more: true, onEnd });
  expect(onEnd).not.toHaveBeenCalled();
  scroll(box, 50 * ROW_PX - VIEW_PX);
  scroll(box, 50 * ROW_PX - VIEW_PX - 10);
  expect(onEnd).toHaveBeenCalledOnce();
  draw(many(55));
  expect(onEnd).toHaveBeenCalledTimes(2);
  draw(many(60), { more: false });
  expect(onEnd).toHaveBeenCalledTimes(2);
});

it("says what is to be done where there is none", () => {
  list([]);
  expect(one("#empty").textContent).toBe("Nothing");
  expect(document.querySelector("ol")).toBeNull();
});

it("shows how far each post has come", () => {
  list([note({ id: "n0", status: "posting" }), note({ id: "n1", status: "posting" })], {
    posting: { n1: { step: "writing", message: null } },
  });
  expect(one("[data-note=n0] .note-status").textContent).toBe("Posting");
  expect(one("[data-note=n1] .note-status").textContent).toBe("Posting · writing the comment");
});

it("draws a note anew when its revision changed, and no other", () => {
  const { draw } = list(many(5));
  const others = one("[data-note=n1] .note-text").firstChild;
  const changed = many(5).map((each, index) => (index === 0 ? { ...each, text: "Changed", revision: 4 } : each));
  draw(changed);
  expect(one("[data-note=n0] .note-text").textContent).toBe("Changed");
  expect(one("[data-note=n1] .note-text").firstChild).toBe(others);
});

describe("a note to bring into view", () => {
  const shown = (id: string, asked = false) => ({ shown: { id, asked } });

  it("comes, and stays where it is when it is shown again", () => {
    const { box, draw } = list();
    draw(many(2000), shown("n1000"));
    expect(ids()).toContain("n1000");
    const topPx = box.scrollTop;
    expect(topPx).toBeGreaterThan(0);
    draw(many(2000), shown("n1000"));
    expect(box.scrollTop).toBe(topPx);
  });

  it("does not move what a person has just scrolled to, unless they ask for it", () => {
    const { box, draw } = list();
    scroll(box, 500 * ROW_PX);
    const read = ids();
    draw(many(2000), shown("n1000"));
    expect(ids()).toEqual(expect.arrayContaining(read.slice(2, -2)));
    expect(ids()).not.toContain("n1000");
    draw(many(2000), shown("n1000", true));
    expect(ids()).toContain("n1000");
    expect(focused()).toBe("n1000");
  });
});
