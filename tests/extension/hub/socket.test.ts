// extension/src/hub/socket.ts: how the connection stands, and the token; the real phoenix.js against the real server.

import { createServer } from "node:http";
import type { AddressInfo } from "node:net";
import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { follow } from "../../../extension/src/hub/followed";
import type { Hub, HubOptions } from "../../../extension/src/hub/socket";
import type { TopicAction } from "../../../extension/src/view/action";
import type { Connection } from "../../../extension/src/view/view";
import { checkFrom, inState, pageHub, record, transportOf, until } from "./page";
import { dataFolder, type Server, startServer } from "./server";

const LIMIT_MS = 20_000;
const ALLOWED = "chrome-extension://abcdefghijklmnopabcdefghijklmnop";
const folder = dataFolder();
const hubs: Hub[] = [];
let server: Server;

beforeAll(async () => {
  server = await startServer(folder, 0, { SIDENOTE_ALLOWED_ORIGINS: ALLOWED, SIDENOTE_TOKEN_GRACE_S: "5" });
}, LIMIT_MS);

afterEach(() => {
  for (const hub of hubs.splice(0)) hub.close();
});

afterAll(async () => {
  await server.kill();
  folder.remove();
});

type Options = Partial<HubOptions>;

function page(token: string | null, options: Options = {}): Hub {
  const hub = pageHub(options.address ?? server.address, token, options);
  hubs.push(hub);
  return hub;
}

const why = (connection: Connection) => ("why" in connection ? connection.why : null);
const standsStill = (hub: Hub): Promise<Connection> => until(hub, (connection) => why(connection) !== null);

const REFUSED: readonly (readonly [string, () => string | null, Options, Connection["state"], string])[] = [
  ["no token", () => null, {}, "refused", "token_missing"],
  ["a token of another server", () => `${server.token}x`, {}, "refused", "token_refused"],
  ["something that is no token", () => "nonsense", {}, "refused", "token_refused"],
  ["a token that has ended", () => folder.token(-5), {}, "refused", "token_expired"],
  [
    "an origin that is not listed",
    () => server.token,
    { transport: transportOf("https://elsewhere.example"), check: checkFrom("https://elsewhere.example") },
    "refused",
    "origin_not_allowed",
  ],
  ["nobody at the address", () => server.token, { address: "http://127.0.0.1:9" }, "offline", "unreachable"],
  ["an address that is none", () => server.token, { address: "my server" }, "refused", "bad_address"],
];

test.each(REFUSED)("%s is told apart", { timeout: LIMIT_MS }, async (_case, token, options, state, reason) => {
  const hub = page(token(), options);
  expect(await standsStill(hub)).toMatchObject({ state, why: reason, sinceMs: expect.any(Number) });
});

test("a server that says it would take the connection is asked again", { timeout: LIMIT_MS }, async () => {
  const hub = page(server.token, { transport: transportOf("https://elsewhere.example") }); // and asked from nowhere
  expect(await standsStill(hub)).toMatchObject({ state: "offline", why: "not_ready" });
});

test("a listed origin is let in", { timeout: LIMIT_MS }, async () => {
  const hub = page(server.token, { transport: transportOf(ALLOWED) });
  expect(await inState(hub, "online")).toEqual({ state: "online" });
});

test("a server that is there but not ready is waited for", { timeout: LIMIT_MS }, async () => {
  const busy = createServer((_request, response) => response.writeHead(503).end());
  await new Promise<void>((resolve) => busy.listen(0, "127.0.0.1", resolve));
  const hub = page(server.token, { address: `http://127.0.0.1:${(busy.address() as AddressInfo).port}` });
  expect(await standsStill(hub)).toMatchObject({ state: "offline", why: "not_ready" });
  busy.close();
});

test("since when there is no connection stays what it was, whatever the reason", { timeout: LIMIT_MS }, async () => {
  let [nowMs, token] = [Date.now(), folder.token(-5)];
  const first = nowMs;
  const hub = page(null, { token: () => token, nowMs: () => nowMs });
  await until(hub, (connection) => why(connection) === "token_expired");
  [nowMs, token] = [nowMs + 1000, "nonsense"];
  hub.retry();
  expect(await until(hub, (connection) => why(connection) === "token_refused")).toMatchObject({ sinceMs: first });
});

test("a token entered in the options is used at once", { timeout: LIMIT_MS }, async () => {
  let token = "nonsense";
  const hub = page(null, { token: () => token, random: () => 0.999 });
  await inState(hub, "refused");
  token = server.token;
  hub.tokenChanged();
  await inState(hub, "online");
});

test("a refused token is replaced where a newer one is to be had", { timeout: LIMIT_MS }, async () => {
  let token = folder.token(-5);
  const hub = page(null, {
    token: () => token,
    renew: async () => {
      token = server.token;
    },
  });
  await inState(hub, "online");
});

test("a token that ends in the middle is renewed on the open connection", { timeout: LIMIT_MS }, async () => {
  let token = folder.token(1);
  const [states, seen] = [[] as string[], record<TopicAction>()];
  const hub = page(null, {
    token: () => token,
    renew: async () => {
      token = server.token;
    },
  });
  await inState(hub, "online");
  hub.connection.subscribe(({ state }) => states.push(state));
  follow<"session">(hub, "session:renewed", seen.take);
  await seen.next((action) => action.kind === "event" && action.event === "token_expired");
  const later = record<TopicAction>();
  follow<"session">(hub, "session:after", later.take); // joins are refused until the new token is taken
  await later.next((action) => action.kind === "snapshot");
  expect(states).toEqual([]);
});
