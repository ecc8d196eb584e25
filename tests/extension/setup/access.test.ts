// extension/src/setup/access.ts: what a person is told when the microphone is not given, by how the permission stands.

import { afterEach, expect, test, vi } from "vitest";
import { microphoneAccess, type Standing, troubleOf } from "../../../extension/src/setup/access";
import { MICROPHONE_SETTINGS } from "../../../offscreen/src/microphone";

afterEach(() => vi.unstubAllGlobals());

test.each<[string, Standing, string, RegExp]>([
  ["NotAllowedError", "prompt", "dismissed", /press the button again/i],
  ["NotAllowedError", "denied", "denied", /settings for Sidenote/],
  ["NotAllowedError", "granted", "withheld", /system's privacy settings/],
  ["NotAllowedError", "unknown", "refused", /Allow it/],
  ["NotFoundError", "prompt", "absent", /Connect one/],
  ["NotReadableError", "granted", "in_use", /Close the other program/],
  ["OverconstrainedError", "granted", "unsuitable", /Choose another one/],
  ["TypeError", "unknown", "unavailable", /https/],
  ["SomethingElse", "granted", "broken", /Try again/],
])("%s where the permission is %s: %s", (name, standing, reason, message) => {
  const trouble = troubleOf(new DOMException("no", name), standing);
  expect(trouble.reason).toBe(reason);
  expect(trouble.message).toMatch(message);
});

/** A browser of which a person decides what it answers. */
class Browser {
  readonly permission = Object.assign(new EventTarget(), { state: "prompt" as PermissionState });
  answer: () => Promise<MediaStream> = () => Promise.reject(new DOMException("no", "NotAllowedError"));
  stopped = 0;

  constructor() {
    vi.stubGlobal("navigator", {
      permissions: { query: async () => this.permission },
      mediaDevices: { getUserMedia: () => this.answer() },
    });
  }

  stands(state: PermissionState): void {
    this.permission.state = state;
    this.permission.dispatchEvent(new Event("change"));
  }

  gives(): void {
    const track = { stop: () => (this.stopped += 1) };
    this.answer = async () => ({ getTracks: () => [track] }) as unknown as MediaStream;
  }
}

test("a question that was closed may be asked again, and the microphone is let go of at once", async () => {
  const browser = new Browser();
  const access = await microphoneAccess();
  expect(access.state.now).toEqual({ standing: "prompt", trouble: null });
  expect(await access.ask(MICROPHONE_SETTINGS)).toBe(false);
  expect(access.state.now.trouble?.reason).toBe("dismissed");
  browser.gives();
  expect(await access.ask(MICROPHONE_SETTINGS)).toBe(true);
  expect(access.state.now).toEqual({ standing: "granted", trouble: null });
  expect(browser.stopped).toBe(1);
});

test("what is changed in the browser's settings is noticed, until nobody looks", async () => {
  const browser = new Browser();
  const access = await microphoneAccess();
  browser.permission.state = "denied";
  await access.ask(MICROPHONE_SETTINGS);
  expect(access.state.now).toMatchObject({ standing: "denied", trouble: { reason: "denied" } });
  browser.stands("granted");
  expect(access.state.now).toEqual({ standing: "granted", trouble: null });
  access.close();
  browser.stands("denied");
  expect(access.state.now.standing).toBe("granted");
});

test("a browser that tells nothing of permissions is asked all the same", async () => {
  vi.stubGlobal("navigator", { permissions: { query: () => Promise.reject(new TypeError("unknown name")) } });
  const access = await microphoneAccess();
  expect(access.state.now.standing).toBe("unknown");
  expect(await access.ask(MICROPHONE_SETTINGS)).toBe(false);
  expect(access.state.now.trouble?.reason).toBe("unavailable");
});
