// extension/src/hub/check.ts: what is made of the answers of a server, of other programs, and of none.

import { createServer, type IncomingMessage, type RequestListener, type Server } from "node:http";
import type { AddressInfo } from "node:net";
import { afterEach, expect, test } from "vitest";
import { checkServer } from "../../../extension/src/hub/check";

const servers: Server[] = [];

afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function listening(answer: RequestListener): Promise<string> {
  const server = createServer(answer);
  servers.push(server);
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

const answering = (status: number, body: string) =>
  listening((_request, response) => response.writeHead(status).end(body));
const refusal = (reason: string) => JSON.stringify({ reason, message: "…" });

test("a server that would take the connection", async () => {
  let asked: IncomingMessage | undefined;
  const address = await listening((request, response) => {
    asked = request;
    response.end(JSON.stringify({ ok: true }));
  });
  expect(await checkServer(address, "a.b-c_d")).toEqual({ ok: true });
  expect(asked).toMatchObject({ method: "POST", url: "/socket/check" });
  expect(asked?.headers.authorization).toBe("Bearer a.b-c_d");
});

test.each([
  [403, refusal("token_missing"), "token_missing"],
  [403, refusal("token_expired"), "token_expired"],
  [403, refusal("token_refused"), "token_refused"],
  [403, refusal("origin_not_allowed"), "origin_not_allowed"],
  [429, refusal("too_many_connections"), "too_many_connections"],
  [503, refusal("not_ready"), "not_ready"],
  [502, "<h1>Bad Gateway</h1>", "not_ready"],
  [404, "<h1>Not Found</h1>", "unreachable"],
])("%i %s", async (status, body, why) => {
  expect(await checkServer(await answering(status, body), "a.b.c")).toEqual({ ok: false, why });
});

test("nobody there, and no address at all", async () => {
  expect(await checkServer("http://127.0.0.1:9", "a.b.c")).toEqual({ ok: false, why: "unreachable" });
  expect(await checkServer("ftp://example.org", "a.b.c")).toEqual({ ok: false, why: "bad_address" });
});

test("whatever was pasted for a token is sent, and no token as none", async () => {
  const asked: (string | undefined)[] = [];
  const address = await listening((request, response) => {
    asked.push(request.headers.authorization);
    response.writeHead(403).end(refusal("token_refused"));
  });
  for (const token of ["", "“a b”\n"]) await checkServer(address, token);
  expect(asked).toEqual([undefined, "Bearer %E2%80%9Ca%20b%E2%80%9D%0A"]);
});
