// extension/src/hub/address.ts: what people write as an address, what is kept of it, and what is said of one that is none.

import { expect, test } from "vitest";
import { addressFault, serverAddress } from "../../../extension/src/hub/address";

test.each([
  ["http://127.0.0.1:8765", "http://127.0.0.1:8765", "ws://127.0.0.1:8765/socket"],
  [" http://localhost:8765/ ", "http://localhost:8765", "ws://localhost:8765/socket"],
  ["127.0.0.1:8765", "http://127.0.0.1:8765", "ws://127.0.0.1:8765/socket"],
  ["localhost", "http://localhost", "ws://localhost/socket"],
  ["HTTPS://Notes.Example", "https://notes.example", "wss://notes.example/socket"],
  ["https://example.org/sidenote/", "https://example.org/sidenote", "wss://example.org/sidenote/socket"],
  ["ws://[::1]:8765", "http://[::1]:8765", "ws://[::1]:8765/socket"],
  ["wss://notes.example?x=1#y", "https://notes.example", "wss://notes.example/socket"],
  ["wss://notes.example/socket/websocket", "https://notes.example", "wss://notes.example/socket"],
])("%s is kept as %s", (written, server, socket) => {
  expect(serverAddress(written)).toMatchObject({ server, socket });
  expect(addressFault(written)).toBeNull();
  expect(serverAddress(server)).toEqual(serverAddress(written));
});

test("what lies below a path is asked there, and the origin has none", () => {
  expect(serverAddress("wss://example.org/sidenote")).toMatchObject({
    origin: "https://example.org",
    check: "https://example.org/sidenote/socket/check",
    token: "https://example.org/sidenote/v1/token",
  });
});

test.each([
  ["", "no address"],
  ["   ", "no address"],
  ["my server", "no address"],
  ["http://", "no address"],
  ["http://a b", "no address"],
  ["ftp://example.org", "http or https"],
  ["file:///etc/passwd", "no address"],
  ["https://me:secret@notes.example", "passwords"],
])("%j is none, and it is said how to write one", (written, said) => {
  expect(serverAddress(written)).toBeNull();
  expect(addressFault(written)).toContain(said);
  expect(addressFault(written)).toContain("http://HOST:PORT");
});
