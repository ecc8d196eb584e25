// offscreen/src/microphone.ts: each refusal has its sentence. The device itself is tested in a browser.

import { constraintsOf, failureOf, MICROPHONE_SETTINGS } from "@sidenote/offscreen";
import { expect, test } from "vitest";

test.each([
  ["NotAllowedError", "refused"],
  ["NotFoundError", "absent"],
  ["NotReadableError", "in_use"],
  ["AbortError", "in_use"],
  ["OverconstrainedError", "unsuitable"],
  ["SecurityError", "refused"],
  ["SomethingNewError", "broken"],
])("%s is %s", (name, reason) => {
  expect(failureOf(new DOMException("", name)).reason).toBe(reason);
});

test("every sentence differs and says what to do", () => {
  const names = ["NotAllowedError", "NotFoundError", "NotReadableError", "OverconstrainedError", "TypeError", "?"];
  const sentences = names.map((name) => failureOf(new DOMException("", name)).message);
  expect(new Set(sentences).size).toBe(names.length);
  for (const sentence of sentences) expect(sentence).toMatch(/\. (Allow|Connect|Close|Choose|Open|Try) /);
});

test("what is thrown may be anything", () => {
  expect([undefined, null, "no", 7].map((thrown) => failureOf(thrown).reason)).toEqual(Array(4).fill("broken"));
  expect(failureOf(new TypeError("no media devices here")).reason).toBe("unavailable");
});

test("a chosen device is asked for exactly, and each setting is passed on", () => {
  expect(constraintsOf({ ...MICROPHONE_SETTINGS, echoCancellation: false, deviceId: "usb" })).toEqual({
    channelCount: 1,
    echoCancellation: false,
    noiseSuppression: true,
    autoGainControl: true,
    deviceId: { exact: "usb" },
  });
  expect(constraintsOf(MICROPHONE_SETTINGS)).not.toHaveProperty("deviceId");
});
