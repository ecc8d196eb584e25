// extension/src/hub/address.ts: what people write as an address.

import { expect, test } from "vitest";
import { serverAddress } from "../../../extension/src/hub/address";

test.each([
  ["http://127.0.0.1:8765", "ws://127.0.0.1:8765/socket"],
  [" http://localhost:8765/ ", "ws://localhost:8765/socket"],
  ["https://notes.example", "wss://notes.example/socket"],
  ["https://example.org/sidenote/", "wss://example.org/sidenote/socket"],
  ["ws://[::1]:8765", "ws://[::1]:8765/socket"],
  ["wss://notes.example?x=1#y", "wss://notes.example/socket"],
])("%s", (written, socket) => {
  expect(serverAddress(written)?.socket).toBe(socket);
});

test("health is asked over http, and the origin has no path", () => {
  expect(serverAddress("wss://example.org/sidenote")).toMatchObject({
    origin: "https://example.org",
    health: "https://example.org/sidenote/healthz",
    readiness: "https://example.org/sidenote/readyz",
  });
});

test.each(["", "my server", "localhost:8765", "ftp://example.org", "http://"])("%j is none", (written) => {
  expect(serverAddress(written)).toBeNull();
});
