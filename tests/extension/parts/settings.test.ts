// extension/src/parts/settings.ts: what is kept of what a person types, and what is made of what was stored.

import { describe, expect, it } from "vitest";
import { DEFAULTS, serverAddress, settingsOf } from "../../../extension/src/parts/settings";

describe("the server's address", () => {
  it.each([
    ["http://127.0.0.1:8765", "http://127.0.0.1:8765"],
    [" https://notes.example/ ", "https://notes.example"],
    ["https://notes.example:8443/panel?x=1#y", "https://notes.example:8443"],
    ["127.0.0.1:8765", "http://127.0.0.1:8765"],
    ["localhost", "http://localhost"],
    ["wss://notes.example/socket/websocket", "https://notes.example"],
    ["ws://[::1]:8765", "http://[::1]:8765"],
    ["HTTP://Notes.Example", "http://notes.example"],
  ])("%s is kept as %s", (typed, server) => {
    expect(serverAddress(typed)).toEqual({ ok: true, server });
  });

  it.each([
    "",
    "   ",
    "http://",
    "file:///etc/passwd",
    "ftp://notes.example",
    "http://a b",
    "https://me:secret@notes.example",
  ])("%j is refused with how to write it", (typed) => {
    const refused = serverAddress(typed);
    expect(refused).toMatchObject({ ok: false });
    expect(refused.ok ? "" : refused.message).toContain("http://HOST:PORT");
  });
});

describe("stored settings", () => {
  it.each([undefined, null, "text", 7, [], {}])("%j means the defaults", (stored) => {
    expect(settingsOf(stored)).toEqual(DEFAULTS);
  });

  it("come back as they were stored", () => {
    const set = {
      ...DEFAULTS,
      server: "https://notes.example",
      token: "a.b-c_d",
      microphone: "desk",
      echoCancellation: false,
      mode: "hands-free",
      theme: "dark",
      emoji: true,
      offSites: ["twitch"],
    } as const;
    expect(settingsOf(JSON.parse(JSON.stringify(set)))).toEqual(set);
  });

  it("fall back field by field where one can't be right", () => {
    const wrong = {
      server: "nowhere at all",
      token: 5,
      mode: "shout",
      theme: "pink",
      overlays: "yes",
      offSites: [1, "vimeo"],
    };
    expect(settingsOf(wrong)).toEqual({ ...DEFAULTS, offSites: ["vimeo"] });
  });
});
