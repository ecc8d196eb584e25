// extension/src/setup/progress.ts: from step to step, in order and out of it.

import { expect, test } from "vitest";
import { firstProgress, isDone, opened, past, undone } from "../../../extension/src/setup/progress";

test("one step after the other, until nothing is open", () => {
  const first = firstProgress("");
  expect(first).toEqual({ done: [], open: "server" });
  const second = past(first, "server");
  expect(second).toEqual({ done: ["server"], open: "microphone" });
  const third = past(second, "microphone");
  expect(third.open).toBe("practice");
  expect(past(third, "practice")).toEqual({ done: ["server", "microphone", "practice"], open: null });
});

test("whoever comes for the microphone begins there, and is not sent back before the end", () => {
  const begun = firstProgress("#microphone");
  expect(begun.open).toBe("microphone");
  const heard = past(begun, "microphone");
  expect(heard.open).toBe("practice");
  expect(past(heard, "practice").open).toBe("server");
});

test("a server that is found in the background moves nobody", () => {
  const begun = past(firstProgress("#microphone"), "server");
  expect(begun).toEqual({ done: ["server"], open: "microphone" });
  expect(past(begun, "microphone").open).toBe("practice");
});

test("a step that is opened again and done again goes on where something is left", () => {
  const third = past(past(firstProgress(""), "server"), "microphone");
  const again = opened(third, "server");
  expect(isDone(again, "server")).toBe(true);
  expect(past(again, "server")).toEqual(third);
  expect(undone(again, "server")).toEqual({ done: ["microphone"], open: "server" });
});
