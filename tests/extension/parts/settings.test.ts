// extension/src/parts/settings.ts: what is made of what was stored.

import { describe, expect, it } from "vitest";
import { DEFAULTS, settingsOf } from "../../../extension/src/parts/settings";

describe("stored settings", () => {
  it.each([undefined, null, "text", 7, [], {}])("%j means the defaults", (stored) => {
    expect(settingsOf(stored)).toEqual(DEFAULTS);
  });

  it("come back as they were stored", () => {
    const set = {
      ...DEFAULTS,
      server: "https://notes.example/sidenote",
      token: "a.b-c_d",
      microphone: "desk",
      echoCancellation: false,
      mode: "hands-free",
      theme: "dark",
      emoji: true,
      telemetry: false,
      opus: true,
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
