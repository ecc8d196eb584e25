// extension/src/hub/refused.ts: what a page that can't read a handshake's answer concludes, without a server.

import { expect, test } from "vitest";
import { serverAddress } from "../../../extension/src/hub/address";
import { type Fetch, type Handshake, whyRefused, whyTurnedAway } from "../../../extension/src/hub/refused";

const NOW_MS = 1_800_000_000_000;
const tokenUntil = (ms: number) => `h.${btoa(JSON.stringify({ sub: "ada", exp: ms / 1000 }))}.s`;
const address = serverAddress("http://127.0.0.1:8765");
if (!address) throw new Error("the address is good");
const GOOD: Handshake = {
  address,
  token: tokenUntil(NOW_MS + 1000),
  nowMs: NOW_MS,
  origin: "chrome-extension://abc",
  wasOnline: false,
};

test.each([
  [{}, "origin_not_allowed"],
  [{ wasOnline: true }, "token_refused"],
  [{ origin: "http://127.0.0.1:8765" }, "token_refused"],
  [{ origin: undefined }, "token_refused"],
  [{ token: "" }, "token_missing"],
  [{ token: "a.b.c" }, "token_refused"],
  [{ token: tokenUntil(NOW_MS) }, "token_expired"],
] as const)("%o: %s", (given, why) => {
  expect(whyTurnedAway({ ...GOOD, ...given })).toBe(why);
});

const closedToScripts = (): Promise<never> => Promise.reject(new TypeError("Failed to fetch"));

test.each([
  ["a page that may not read the answer", (mode) => (mode === "cors" ? closedToScripts() : answer(0)), "token_missing"],
  ["a server that can't work", () => answer(503), "not_ready"],
  ["an older server without /readyz", () => answer(404), "token_missing"],
  ["nobody there", closedToScripts, "unreachable"],
] as const satisfies readonly (readonly [string, (mode: RequestMode | undefined) => ReturnType<Fetch>, string])[])(
  "%s",
  async (_case, respond, why) => {
    const asked: string[] = [];
    const fetch: Fetch = (url, { mode, credentials }) => {
      asked.push(`${new URL(url).pathname} ${mode} ${credentials}`);
      return respond(mode);
    };
    expect(await whyRefused({ ...GOOD, token: "" }, fetch)).toBe(why);
    expect(asked[0]).toBe("/readyz cors omit");
  },
);

function answer(status: number): Promise<{ status: number }> {
  return Promise.resolve({ status });
}
