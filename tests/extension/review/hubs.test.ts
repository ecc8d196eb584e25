// extension/src/review/hubs.ts: the connection follows the settings, and its token is renewed in time.

import { afterAll, afterEach, beforeAll, expect, test } from "vitest";
import { variable } from "../../../extension/src/hub/observable";
import { renewalMs, renewed } from "../../../extension/src/hub/renewal";
import { claimsOf } from "../../../extension/src/hub/token";
import { DEFAULTS, type Settings } from "../../../extension/src/parts/settings";
import { type Hubs, hubsOf } from "../../../extension/src/review/hubs";
import { inState, TRANSPORT } from "../hub/page";
import { dataFolder, type Server, startServer } from "../hub/server";

const LIMIT_MS = 20_000;
const folder = dataFolder();
const open: Hubs[] = [];
let server: Server;

beforeAll(async () => {
  server = await startServer(folder);
}, LIMIT_MS);

afterEach(() => {
  for (const hubs of open.splice(0)) hubs.close();
});

afterAll(async () => {
  await server.kill();
  folder.remove();
});

function connected(given: Partial<Settings>, saved: (token: string) => void = () => {}) {
  const settings = variable<Settings>({ ...DEFAULTS, ...given });
  const saveToken = (token: string) => {
    settings.set({ ...settings.now, token });
    saved(token);
  };
  const hubs = hubsOf(settings, { saveToken, transport: TRANSPORT });
  open.push(hubs);
  return { settings, hubs };
}

test("another address is another connection, another setting is not", { timeout: LIMIT_MS }, async () => {
  const { settings, hubs } = connected({ server: "http://127.0.0.1:1", token: server.token });
  const first = hubs.hub.now;
  await inState(first, "offline");
  settings.set({ ...settings.now, theme: "dark" });
  expect(hubs.hub.now).toBe(first);
  settings.set({ ...settings.now, server: server.address });
  expect(hubs.hub.now).not.toBe(first);
  await inState(hubs.hub.now, "online");
});

test("a token that is entered connects at once", { timeout: LIMIT_MS }, async () => {
  const { settings, hubs } = connected({ server: server.address });
  await inState(hubs.hub.now, "refused");
  settings.set({ ...settings.now, token: server.token });
  await inState(hubs.hub.now, "online");
});

test("without its token the connection ends, and comes back with one", { timeout: LIMIT_MS }, async () => {
  const { settings, hubs } = connected({ server: server.address, token: server.token });
  await inState(hubs.hub.now, "online");
  settings.set({ ...settings.now, token: "" });
  await inState(hubs.hub.now, "refused");
  settings.set({ ...settings.now, token: server.token });
  await inState(hubs.hub.now, "online");
});

test("a renewal that comes late does not undo what the person entered", { timeout: LIMIT_MS }, async () => {
  const old = folder.token(30, 70);
  const other = folder.token(60, 10);
  const saved: string[] = [];
  const { settings, hubs } = connected({ server: server.address, token: old }, (token) => saved.push(token));
  settings.set({ ...settings.now, token: other }); // while the first renewal is under way
  await inState(hubs.hub.now, "online");
  await renewed(server.address, other); // answered after the one before it
  expect([saved, settings.now.token]).toEqual([[], other]);
});

test("a token is renewed for as long a life, once half of it is over", { timeout: LIMIT_MS }, async () => {
  const { hubs, fresh } = await new Promise<{ hubs: Hubs; fresh: string }>((resolve) => {
    const { hubs } = connected({ server: server.address, token: folder.token(30, 70) }, (fresh) => {
      resolve({ hubs, fresh });
    });
  });
  const claims = claimsOf(fresh);
  expect((claims?.expiresMs ?? 0) - (claims?.issuedMs ?? 0)).toBe(100_000);
  await inState(hubs.hub.now, "online");
});

test("a token that has ended is not renewed", { timeout: LIMIT_MS }, async () => {
  expect(await renewed(server.address, folder.token(-5, 100))).toBeNull();
});

test("when a token is renewed: halfway, and never where it does not say since when it is", () => {
  const token = (claims: object) => `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;
  expect(renewalMs(token({ sub: "ada", iat: 1000, exp: 2000 }))).toBe(1_500_000);
  expect(renewalMs(token({ sub: "ada", exp: 2000 }))).toBeNull();
  expect(renewalMs("")).toBeNull();
});
