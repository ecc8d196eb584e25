// @vitest-environment happy-dom
// extension/src/setup: Setup and MicrophoneStep, with a microphone that is scripted. The practice note is made in a real
// browser (test_setup.py).

import { act } from "preact/test-utils";
import { expect, test, vi } from "vitest";
import { variable } from "../../../extension/src/hub/observable";
import { DEFAULTS } from "../../../extension/src/parts/settings";
import { type Access, troubleOf } from "../../../extension/src/setup/access";
import type { SetupHost } from "../../../extension/src/setup/host";
import { Setup } from "../../../extension/src/setup/Setup";
import type { MicrophoneListener } from "../../../offscreen/src";
import { click, mount, one } from "../ui/mount";

const LOUD = new Int16Array(320).fill(8_000);

interface Stage {
  readonly host: SetupHost;
  readonly access: ReturnType<typeof variable<Access>>;
  /** The microphone, while it is open. */
  listener: MicrophoneListener | null;
  opensSettings: ReturnType<typeof vi.fn>;
}

function stage(token = ""): Stage {
  const access = variable<Access>({ standing: "prompt", trouble: null });
  const opensSettings = vi.fn();
  const made: Stage = {
    access,
    opensSettings,
    listener: null,
    host: {
      settings: variable({ ...DEFAULTS, token }),
      save: () => {},
      check: async () => ({ ok: true }),
      access: { state: access, ask: async () => false, close: () => {} },
      openMicrophone: () => async (listener) => {
        made.listener = listener;
        return { label: "twin", latencyMs: 0, close: () => (made.listener = null) };
      },
      practise: () => {
        throw new Error("nobody practises here");
      },
      openOptions: () => {},
      openPanel: () => {},
      openSiteSettings: opensSettings,
      openPractice: () => {},
    },
  };
  return made;
}

async function show(host: SetupHost, hash = ""): Promise<void> {
  await act(async () => {
    mount(<Setup host={host} hash={hash} />);
  });
}

const open = () => one(".setup-step.open h2").textContent;
const button = (name: string) =>
  [...document.querySelectorAll("button")].find(({ textContent }) => textContent?.trim() === name);

async function press(name: string): Promise<void> {
  const found = button(name);
  if (!found) throw new Error(`there is no button ${name}`);
  await act(async () => {
    click(found);
  });
}

test("a checked server leads to the microphone, and the focus goes along", async () => {
  await show(stage().host);
  expect(open()).toBe("Find your server");
  await act(async () => {
    one("form").dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
    await new Promise(setImmediate); // the server has answered
  });
  expect(open()).toBe("Allow the microphone");
  expect(document.activeElement?.textContent).toBe("Allow the microphone");
  expect(one("header").textContent).toContain("1 of 3 done");
  expect(one(".setup-step.done").textContent).toContain(DEFAULTS.server);
});

test("a server that is known by now is done from the start", async () => {
  await show(stage("a.b.c").host);
  expect(open()).toBe("Allow the microphone");
});

test("#microphone begins there, also where no server is known", async () => {
  await show(stage().host, "#microphone");
  expect(open()).toBe("Allow the microphone");
});

test.each([
  ["prompt", "Ask again", false],
  ["denied", "Ask again", true],
] as const)("a refusal that leaves the permission at %s has its way out", async (standing, again, canUndo) => {
  const { host, access, opensSettings } = stage();
  await show(host, "#microphone");
  expect(button("Allow the microphone")).toBeDefined();
  const trouble = troubleOf(new DOMException("no", "NotAllowedError"), standing);
  await act(async () => access.set({ standing, trouble }));
  expect(one(".notice").textContent).toContain(trouble.message);
  expect(button(again)).toBeDefined();
  if (canUndo) await press("Open the browser's settings");
  expect(opensSettings).toHaveBeenCalledTimes(canUndo ? 1 : 0);
});

test("once it is allowed somebody has to be heard, or goes on anyway", async () => {
  const made = stage();
  await show(made.host, "#microphone");
  await act(async () => made.access.set({ standing: "granted", trouble: null }));
  expect(button("Go on anyway")).toBeDefined();
  await act(async () => {
    for (let frames = 0; frames < 20; frames++) made.listener?.onFrame(LOUD);
  });
  expect(one(".told-good").textContent).toContain("Sidenote hears you");
  expect(button("Go on anyway")).toBeUndefined();
  expect(one("[role=meter]").getAttribute("aria-valuetext")).toBe("Good");
});

test("a microphone that another program holds is told, and tried again", async () => {
  const made = stage();
  let tries = 0;
  const host: SetupHost = {
    ...made.host,
    openMicrophone: (settings) => (listener) => {
      tries += 1;
      if (tries > 1) return made.host.openMicrophone(settings)(listener);
      return Promise.reject(new DOMException("no", "NotReadableError"));
    },
  };
  made.access.set({ standing: "granted", trouble: null });
  await show(host, "#microphone");
  expect(one(".notice.error").textContent).toContain("Close the other program");
  await press("Try again");
  expect(document.querySelector(".notice")).toBeNull();
  expect(made.listener).not.toBeNull();
});
