// extension/src/talk/port.ts: nothing that comes early is lost, and nothing is said to somebody who is gone.

import { expect, test } from "vitest";
import { portOf } from "../../../extension/src/talk/port";
import { portPair, turn } from "./rig";

test("what came before somebody listened is told first, and then that the other side is gone", async () => {
  const [near, far] = portPair();
  const port = portOf<number, number>(near);
  far.postMessage(1);
  far.postMessage(2);
  far.disconnect();
  await turn();
  const told: unknown[] = [];
  port.listen(
    (message) => told.push(message),
    () => told.push("gone"),
  );
  expect(told).toEqual([1, 2, "gone"]);
  port.send(3); // nobody hears it, and nothing is thrown
});

test("a port that was closed here says nothing of its end", async () => {
  const [near, far] = portPair();
  const [port, other] = [portOf<number, number>(near), portOf<number, number>(far)];
  const told: unknown[] = [];
  port.listen(
    (message) => told.push(message),
    () => told.push("gone"),
  );
  other.listen(
    () => undefined,
    () => told.push("far end gone"),
  );
  port.close();
  await turn();
  expect(told).toEqual(["far end gone"]);
});
