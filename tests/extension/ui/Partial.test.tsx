// @vitest-environment happy-dom
// extension/src/ui/Partial.tsx and Waveform.tsx: what is heard, for the eye and for the ear.

import { act } from "preact/test-utils";
import { afterEach, beforeEach, describe, expect, it, vi } from "vitest";
import { Partial } from "../../../extension/src/ui/Partial";
import { Waveform } from "../../../extension/src/ui/Waveform";
import { mount, one, unmount } from "./mount";

beforeEach(
  () =>
    void vi.useFakeTimers({ toFake: ["setTimeout", "clearTimeout", "setInterval", "clearInterval", "performance"] }),
);
afterEach(() => void vi.useRealTimers());
const pass = (ms: number) => act(() => void vi.advanceTimersByTime(ms));

describe("Partial", () => {
  const said = () => one("[aria-live=polite]").textContent;
  const hear = (text: string, firm: number) => mount(<Partial text={text} firm={firm} waiting="Hold to talk." />);

  it("shows what is firm apart from what may still change", () => {
    hear("the cut is too ear", 14);
    expect([one(".partial-firm").textContent, one(".partial-rest").textContent]).toEqual(["the cut is too", " ear"]);
    hear("", 0);
    expect(one(".partial-text").textContent).toBe("Hold to talk.");
  });

  it("reads aloud firm words alone, each once, in pieces two seconds apart", () => {
    hear("the cut is", 7);
    expect(said()).toBe("the cut");
    hear("the cut is too", 10);
    pass(100);
    hear("the cut is too early by", 17);
    expect(said()).toBe("the cut");
    pass(2000);
    expect(said()).toBe("is too");
    pass(60_000);
    expect(said()).toBe("is too");
  });

  it("begins anew with the next utterance", () => {
    hear("the cut", 7);
    hear("", 0);
    pass(3000);
    hear("music", 5);
    expect(said()).toBe("music");
  });
});

describe("Waveform", () => {
  function draw(active: boolean, still: boolean) {
    vi.spyOn(window, "matchMedia").mockReturnValue({ matches: still } as MediaQueryList);
    const stop = vi.fn();
    const levels = vi.fn((_: (level: number) => void) => stop);
    const cleared = vi.fn();
    const bars: number[] = [];
    const context = {
      setTransform: vi.fn(),
      clearRect: cleared,
      fillRect: (_x: number, _y: number, _w: number, tall: number) => bars.push(tall),
    };
    vi.spyOn(HTMLCanvasElement.prototype, "getContext").mockReturnValue(context as unknown as GPUCanvasContext);
    vi.spyOn(HTMLElement.prototype, "clientWidth", "get").mockReturnValue(100);
    vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(40);
    mount(<Waveform levels={levels} active={active} />);
    return { levels, stop, cleared, bars };
  }

  it("draws twenty times a second, the loudest of each moment", () => {
    const { levels, cleared, bars } = draw(true, false);
    const before = cleared.mock.calls.length;
    levels.mock.calls[0]?.[0](0.5);
    levels.mock.calls[0]?.[0](0.01);
    pass(1000);
    expect(cleared.mock.calls.length - before).toBe(20);
    expect(Math.max(...bars)).toBeGreaterThan(30);
  });

  it("is flat, and listens to nothing, where less motion is asked for", () => {
    const { levels, bars } = draw(true, true);
    pass(1000);
    expect(levels).not.toHaveBeenCalled();
    expect(new Set(bars)).toEqual(new Set([2]));
  });

  it("lets go of the levels when it goes", () => {
    const { stop } = draw(true, false);
    unmount();
    expect(stop).toHaveBeenCalledOnce();
  });
});
