// offscreen/src/link.ts, refusals.ts: what follows when a join is refused. The server's side is scripted here: a real one
// is not busy when a test wants it.

import { type Channel, createBackoff, type Push, type Refusal, type Reply } from "@sidenote/offscreen";
import { afterEach, beforeEach, expect, test, vi } from "vitest";
import { createLink, type Link } from "../../offscreen/src/link";
import { readJoinRefusal } from "../../offscreen/src/refusals";

type Opened = Channel & { answer(status: "ok" | "error", reply: Reply): void; close(): void; left: boolean };

function scripted(): Opened {
  const answers: { status: string; callback: (reply?: Reply) => void }[] = [];
  const closed: (() => void)[] = [];
  const push: Push = {
    receive(status, callback) {
      answers.push({ status, callback });
      return push;
    },
  };
  return {
    left: false,
    join: () => push,
    push: () => push,
    on: () => {},
    onError: () => {},
    onClose: (callback) => closed.push(callback),
    leave() {
      this.left = true;
    },
    answer(status, reply) {
      for (const each of answers) if (each.status === status) each.callback(reply);
    },
    close() {
      for (const callback of closed) callback();
    },
  };
}

let channels: Opened[];
let refusals: Refusal[];
let link: Link;

beforeEach(() => {
  vi.useFakeTimers();
  [channels, refusals] = [[], []];
  link = createLink({
    openChannel() {
      const channel = scripted();
      channels.push(channel);
      return channel;
    },
    params: () => ({ mode: "ptt", client_id: "c", sample_rate: 16_000, encoding: "pcm16" }),
    backoff: createBackoff({ random: () => 0.5 }),
    onJoined: () => {},
    onAck: () => {},
    onLost: () => {},
    onRefusal: (refusal) => refusals.push(refusal),
  });
});
afterEach(() => void vi.useRealTimers());

test("a busy server is asked again after the time it names, and a random while", () => {
  link.join();
  channels[0]?.answer("error", { reason: "busy", message: "Many speak.", retry_after_ms: 2_000 });
  expect(refusals).toEqual([{ kind: "busy", message: "Many speak.", retryAfterMs: 2_000 }]);
  expect([channels[0]?.left, link.state]).toEqual([true, "away"]);
  link.join(); // a capture begins meanwhile
  vi.advanceTimersByTime(2_049);
  expect(channels).toHaveLength(1);
  vi.advanceTimersByTime(1);
  expect(channels).toHaveLength(2);
  channels[1]?.answer("ok", { capture: 0, samples: 0 });
  expect(link.state).toBe("joined");
});

test("what only a person can mend is asked again when the person says so", () => {
  link.join();
  channels[0]?.answer("error", { reason: "forbidden", message: "It is another user's." });
  expect(refusals).toEqual([{ kind: "not_allowed", reason: "forbidden", message: "It is another user's." }]);
  link.join();
  vi.advanceTimersByTime(3_600_000);
  expect([channels.length, channels[0]?.left, link.state]).toEqual([1, true, "refused"]);
  link.retry();
  expect([channels.length, link.state]).toEqual([2, "joining"]);
});

test("a copy of this client that takes its place is not fought", () => {
  link.join();
  channels[0]?.answer("ok", {});
  channels[0]?.close();
  expect([refusals[0]?.kind, link.state, link.push("anchor", {})]).toEqual(["replaced", "refused", null]);
});

test("a channel that was left says nothing any more", () => {
  link.join();
  link.joinAnew();
  channels[0]?.answer("error", { reason: "forbidden" });
  channels[0]?.close();
  expect([refusals, link.state]).toEqual([[], "joining"]);
});

test.each([
  ["token_expired", "again", "token_expired"],
  ["second_microphone", "person", "second_microphone"],
  ["no_video", "person", "not_allowed"],
  ["not_found", "person", "not_allowed"],
  ["database_locked", "again", undefined],
  ["draining", "again", undefined],
])("a join refused for %s: %s", (reason, next, kind) => {
  const answer = readJoinRefusal({ reason, message: "m" });
  expect([answer.next, answer.refusal?.kind]).toEqual([next, kind]);
});
