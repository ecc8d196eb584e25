// extension/src/ui/time.ts: timecodes as people write them.

import { describe, expect, it } from "vitest";
import { formatTime, parseTime, spokenTime } from "../../../extension/src/ui/time";

describe("formatTime", () => {
  it.each([
    [0, "0:00"],
    [5, "0:05"],
    [65.99, "1:05"],
    [600, "10:00"],
    [3599.9, "59:59"],
    [3600, "1:00:00"],
    [3661, "1:01:01"],
    [36_000, "10:00:00"],
    [-2, "0:00"],
    [null, "–:––"],
    [Number.NaN, "–:––"],
    [Number.POSITIVE_INFINITY, "–:––"],
  ])("%s is %s", (timeS, text) => expect(formatTime(timeS)).toBe(text));
});

describe("parseTime", () => {
  it.each([
    ["0:00", 0],
    ["1:05", 65],
    [" 1:05 ", 65],
    ["01:05", 65],
    ["75:10", 4510],
    ["1:02:03", 3723],
    ["1:05.5", 65.5],
    ["1:05,25", 65.25],
    ["0:20:00", 1200],
  ])("%s is %d seconds", (text, timeS) => expect(parseTime(text)).toEqual({ ok: true, timeS }));

  it.each([
    ["", "Give a time, such as 1:05."],
    ["65", "Write the time as 1:05 or 1:02:03."],
    ["abc", "Write the time as 1:05 or 1:02:03."],
    ["-1:05", "Write the time as 1:05 or 1:02:03."],
    ["1:05:", "Write the time as 1:05 or 1:02:03."],
    ["1:2:3:4", "Write the time as 1:05 or 1:02:03."],
    ["1:5", "Write the seconds with two digits: 1:05."],
    ["1:60", "Seconds go from 00 to 59."],
    ["1:5:07", "Write the minutes with two digits: 1:02:03."],
    ["1:60:00", "After hours, minutes go from 00 to 59."],
  ])("%j is refused: %s", (text, message) => expect(parseTime(text)).toEqual({ ok: false, message }));

  it("knows where the video ends", () => {
    expect(parseTime("1:40", 100)).toEqual({ ok: true, timeS: 100 });
    expect(parseTime("1:41", 100)).toEqual({ ok: false, message: "The video ends at 1:40." });
    expect(parseTime("9:00", Number.POSITIVE_INFINITY)).toEqual({ ok: true, timeS: 540 });
  });

  it("reads back what formatTime wrote", () => {
    for (let timeS = 0; timeS < 40_000; timeS += 37) {
      expect(parseTime(formatTime(timeS))).toEqual({ ok: true, timeS });
    }
  });
});

it("says a time in words", () => {
  expect(spokenTime(3661.5)).toBe("1 hour 1 minute 1 second");
  expect(spokenTime(125)).toBe("2 minutes 5 seconds");
  expect(spokenTime(0)).toBe("0 seconds");
});
