// @vitest-environment happy-dom
// extension/src/ui: Filters, Timeline, Tabs, ExportMenu, Field, Notice, ConnectionChip, Steps, LevelMeter, KeyHints, Empty.

import { useState } from "preact/hooks";
import { act } from "preact/test-utils";
import { describe, expect, it, vi } from "vitest";
import { ConnectionChip } from "../../../extension/src/ui/ConnectionChip";
import { Empty } from "../../../extension/src/ui/Empty";
import { ExportMenu } from "../../../extension/src/ui/ExportMenu";
import { Field, Select, Switch } from "../../../extension/src/ui/Field";
import { Filters } from "../../../extension/src/ui/Filters";
import { EVERYTHING } from "../../../extension/src/ui/filter";
import { KeyHints } from "../../../extension/src/ui/KeyHints";
import { LevelMeter } from "../../../extension/src/ui/LevelMeter";
import { Notice } from "../../../extension/src/ui/Notice";
import { Steps } from "../../../extension/src/ui/Steps";
import { panelProps, Tabs } from "../../../extension/src/ui/Tabs";
import { marksOf, Timeline } from "../../../extension/src/ui/Timeline";
import { choose, click, key, mount, one, pointer, type } from "./mount";
import { note } from "./notes";

describe("Filters", () => {
  it("hand over what is asked for, and clear", () => {
    const onChange = vi.fn();
    mount(<Filters value={EVERYTHING} onChange={onChange} shown={3} total={3} />);
    type(one<HTMLInputElement>("input"), "cut");
    const [category, status] = document.querySelectorAll("select");
    if (category) choose(category, "audio");
    if (status) choose(status, "needs");
    expect(onChange.mock.calls.map(([value]) => value)).toEqual([
      { ...EVERYTHING, text: "cut" },
      { ...EVERYTHING, category: "audio" },
      { ...EVERYTHING, status: "needs" },
    ]);
    expect(document.querySelector("button")).toBeNull();
    mount(<Filters value={{ ...EVERYTHING, text: "cut" }} onChange={onChange} shown={1} total={3} />);
    expect(one("[role=status]").textContent).toBe("1 of 3 notes");
    click(one("button"));
    key(one("input"), "Escape");
    expect(onChange.mock.calls.slice(3).map(([value]) => value)).toEqual([EVERYTHING, EVERYTHING]);
  });
});

describe("Timeline", () => {
  const notes = [
    note({ id: "a", timestamp_s: 25 }),
    note({ id: "b", timestamp_s: 75 }),
    note({ id: "c", timestamp_s: null }),
  ];
  function bar(durationS: number | null = 100) {
    const calls = { onSeek: vi.fn(), onPick: vi.fn() };
    mount(<Timeline notes={notes} durationS={durationS} positionS={50} {...calls} />);
    return calls;
  }
  const widePx = () =>
    vi.spyOn(one("[role=slider]"), "getBoundingClientRect").mockReturnValue(new DOMRect(10, 0, 400, 28));

  it("goes to the note that was clicked, or to the time", () => {
    const { onPick, onSeek } = bar();
    widePx();
    click(one("[role=slider]"), { clientX: 10 + 103, detail: 1 });
    expect(onPick.mock.calls[0]?.[0].id).toBe("a");
    click(one("[role=slider]"), { clientX: 10 + 200, detail: 1 });
    expect(onSeek.mock.calls).toEqual([[50]]);
  });

  it("says what is pointed at", () => {
    bar();
    widePx();
    pointer(one("[role=slider]"), "pointermove", { clientX: 10 + 300 });
    expect(one(".timeline-said").textContent).toBe("1:15 · Pacing · Cut two frames earlier");
    pointer(one("[role=slider]"), "pointerleave");
    expect(one(".timeline-said").textContent).toBe("0:50");
  });

  it("moves by key, and says where it is", () => {
    const { onSeek } = bar();
    const slider = one("[role=slider]");
    expect(slider.getAttribute("aria-valuetext")).toBe("50 seconds of 1 minute 40 seconds");
    for (const name of ["ArrowRight", "ArrowLeft", "PageUp", "PageDown", "Home", "End"]) key(slider, name);
    expect(onSeek.mock.calls.flat()).toEqual([55, 45, 80, 20, 0, 100]);
  });

  it.each([null, Number.POSITIVE_INFINITY, Number.NaN, 0])("says so where the duration is %s", (durationS) => {
    bar(durationS);
    expect(document.querySelector("[role=slider]")).toBeNull();
    expect(document.body.textContent).toContain("The length of this video is not known");
  });

  it("draws no more marks than can be told apart", () => {
    const crowd = Array.from({ length: 2000 }, (_, index) => note({ id: `${index}`, timestamp_s: index / 20 }));
    expect(marksOf(crowd, 100).length).toBeLessThanOrEqual(241);
    expect(marksOf(notes, 100).map((mark) => mark.bin)).toEqual([60, 180]);
    expect(marksOf([note({ timestamp_s: 900 })], 100)[0]?.bin).toBe(240);
  });
});

describe("Tabs", () => {
  function Page() {
    const [selected, setSelected] = useState("a");
    const tabs = ["a", "b", "c"].map((id) => ({ id, label: `Tab ${id}` }));
    return (
      <>
        <Tabs tabs={tabs} selected={selected} onSelect={setSelected} label="Views" />
        <div {...panelProps(selected)}>{selected}</div>
      </>
    );
  }

  it("are moved by arrow keys, one of them is reached by Tab, and the panel has its name", () => {
    mount(<Page />);
    const selected = () => one("[aria-selected=true]");
    selected().focus();
    for (const [name, label] of [
      ["ArrowRight", "Tab b"],
      ["End", "Tab c"],
      ["ArrowRight", "Tab a"],
      ["ArrowLeft", "Tab c"],
      ["Home", "Tab a"],
    ] as const) {
      key(selected(), name);
      expect(selected().textContent).toBe(label);
      expect(document.activeElement).toBe(selected());
    }
    click([...document.querySelectorAll<HTMLElement>("[role=tab]")][1] ?? document);
    expect([...document.querySelectorAll<HTMLElement>("[role=tab]")].map((tab) => tab.tabIndex)).toEqual([-1, 0, -1]);
    expect(one("[role=tabpanel]").id).toBe(selected().getAttribute("aria-controls"));
    expect(one("[role=tabpanel]").getAttribute("aria-labelledby")).toBe(selected().id);
  });
});

describe("ExportMenu", () => {
  const items = [
    { id: "md", label: "Markdown" },
    { id: "csv", label: "CSV" },
    { id: "edl", label: "EDL" },
  ];
  const focused = () => document.activeElement?.textContent;

  it("opens, moves by arrows and letters, picks, and gives the focus back", () => {
    const onPick = vi.fn();
    mount(<ExportMenu items={items} onPick={onPick} />);
    const button = one<HTMLButtonElement>("[aria-haspopup=menu]");
    expect(button.getAttribute("aria-expanded")).toBe("false");
    key(button, "ArrowDown");
    expect([button.getAttribute("aria-expanded"), focused()]).toEqual(["true", "Markdown"]);
    const press = (name: string) => key(document.activeElement ?? document, name);
    press("ArrowUp");
    expect(focused()).toBe("EDL");
    press("ArrowDown");
    expect(focused()).toBe("Markdown");
    press("c");
    expect(focused()).toBe("CSV");
    click(document.activeElement ?? document);
    expect(onPick.mock.calls).toEqual([["csv"]]);
    expect(document.querySelector("[role=menu]")).toBeNull();
    expect(document.activeElement).toBe(button);
  });

  it("closes with Esc and with a click elsewhere", () => {
    mount(<ExportMenu items={items} onPick={vi.fn()} />);
    const button = one<HTMLButtonElement>("[aria-haspopup=menu]");
    click(button);
    key(document.activeElement ?? document, "Escape");
    expect([document.querySelector("[role=menu]"), document.activeElement]).toEqual([null, button]);
    click(button);
    pointer(document.body, "pointerdown");
    expect(document.querySelector("[role=menu]")).toBeNull();
  });

  it("says why there is nothing to export", () => {
    mount(<ExportMenu items={items} onPick={vi.fn()} refused="There are no notes yet." />);
    click(one("[aria-haspopup=menu]"));
    expect(document.querySelector("[role=menu]")).toBeNull();
    expect(one("button").title).toBe("There are no notes yet.");
  });
});

describe("fields", () => {
  it("have a name, a hint, and say what is wrong", () => {
    const onInput = vi.fn();
    mount(<Field label="Server" value="a" onInput={onInput} hint="Where it runs." />);
    const input = one<HTMLInputElement>("input");
    expect(one<HTMLLabelElement>("label").htmlFor).toBe(input.id);
    type(input, "b");
    expect(onInput).toHaveBeenCalledWith("b");
    mount(<Field label="Server" value="a" onInput={onInput} hint="Where it runs." fault="No server answers there." />);
    expect(input.getAttribute("aria-invalid")).toBe("true");
    expect(one(`[id="${input.getAttribute("aria-describedby")}"]`).textContent).toBe("No server answers there.");
    expect(one("[role=alert]").textContent).toBe("No server answers there.");
  });

  it("choose one of the options", () => {
    const onChange = vi.fn();
    mount(
      <Select
        label="Keys"
        value="a"
        onChange={onChange}
        options={[
          { value: "a", label: "A" },
          { value: "b", label: "B" },
        ]}
      />,
    );
    choose(one<HTMLSelectElement>("select"), "b");
    expect(onChange.mock.calls).toEqual([["b"]]);
  });

  it("show at once what was chosen, and what is kept where that is not", () => {
    vi.useFakeTimers();
    mount(<Switch label="Auto-post" on={false} onChange={() => {}} />);
    const input = one<HTMLInputElement>("input");
    click(input);
    mount(<Switch label="Auto-post" hint="drawn again meanwhile" on={false} onChange={() => {}} />);
    expect([input.checked, input.getAttribute("aria-checked")]).toEqual([true, "true"]);
    act(() => void vi.advanceTimersByTime(2_000));
    expect([input.checked, input.getAttribute("aria-checked")]).toEqual([false, "false"]);
    vi.useRealTimers();
  });

  it("switch by click and by Enter", () => {
    const onChange = vi.fn();
    mount(<Switch label="Auto-post" on={false} onChange={onChange} />);
    const input = one<HTMLInputElement>("[role=switch]");
    input.click();
    key(input, "Enter");
    expect(onChange.mock.calls).toEqual([[true], [true]]);
    mount(<Switch label="Auto-post" on onChange={onChange} />);
    expect(input.getAttribute("aria-checked")).toBe("true");
  });
});

describe("what is said", () => {
  it("an error interrupts, a warning waits, and each has its kind in words", () => {
    const onAct = vi.fn();
    mount(<Notice kind="error" text="No microphone." action={{ label: "Try again", onAct }} />);
    expect(one("[role=alert]").textContent).toBe("Error: No microphone.Try again");
    click(one("button"));
    expect(onAct).toHaveBeenCalledOnce();
    const onDismiss = vi.fn();
    mount(<Notice kind="warning" text="Use headphones." onDismiss={onDismiss} />);
    expect(one("[role=status]").textContent).toBe("Warning: Use headphones.");
    click(one("[aria-label=Dismiss]"));
    expect(onDismiss).toHaveBeenCalledOnce();
  });

  it("the connection announces its state, not the counting", () => {
    mount(<ConnectionChip state="offline" waitingS={12.2} />);
    expect(one(".chip").textContent).toBe("Offline· 13 s to send");
    expect(one("[role=status]").textContent).toBe("Offline");
    mount(<ConnectionChip state="online" waitingS={0} />);
    expect(one(".chip").textContent).toBe("Online");
  });

  it("steps have their outcome in words, and only the newest are shown", () => {
    const steps = Array.from({ length: 5 }, (_, index) => ({
      id: `${index}`,
      label: `Step ${index}`,
      state: "done" as const,
      tookMs: index * 500,
    }));
    mount(<Steps steps={[...steps, { id: "x", label: "Posting", state: "running" }]} limit={3} />);
    expect([...document.querySelectorAll("li")].map((item) => item.textContent)).toEqual([
      "Done: Step 31.5 s",
      "Done: Step 42.0 s",
      "Now: Posting",
    ]);
  });

  it("a level is a number and a word", () => {
    mount(<LevelMeter level={0.1} />);
    const meter = one("[role=meter]");
    expect([meter.getAttribute("aria-valuenow"), meter.getAttribute("aria-valuetext")]).toEqual(["63", "Good"]);
  });

  it("keys are those of the machine", () => {
    mount(<KeyHints mac={true} hints={[{ keys: "Mod+Enter", does: "Post" }]} />);
    expect([...document.querySelectorAll("kbd")].map((name) => name.textContent)).toEqual(["⌘", "Enter"]);
  });

  it("an empty place has a sentence and an action", () => {
    const onAct = vi.fn();
    mount(<Empty title="No notes" text="Say something." action={{ label: "Write one", onAct }} />);
    click(one("button"));
    expect(onAct).toHaveBeenCalledOnce();
    expect(document.body.textContent).toContain("Say something.");
  });
});
