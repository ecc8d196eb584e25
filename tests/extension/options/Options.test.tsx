// @vitest-environment happy-dom
// extension/src/options: each section keeps what is changed in it, and says so.

import { act } from "preact/test-utils";
import { beforeEach, expect, test, vi } from "vitest";
import { variable } from "../../../extension/src/hub/observable";
import type { OptionsHost, Shortcut } from "../../../extension/src/options/host";
import { Options } from "../../../extension/src/options/Options";
import { SECTIONS } from "../../../extension/src/options/sections";
import { DEFAULTS, type Settings } from "../../../extension/src/parts/settings";
import { hubsOf } from "../../../extension/src/review/hubs";
import type { Access } from "../../../extension/src/setup/access";
import { TRANSPORT } from "../hub/page";
import { choose, click, mount, one, type } from "../ui/mount";

const ALONE: Settings = { ...DEFAULTS, server: "http://127.0.0.1:9" }; // where nobody answers

interface Desk {
  readonly host: OptionsHost;
  readonly settings: ReturnType<typeof variable<Settings>>;
  readonly access: ReturnType<typeof variable<Access>>;
  shortcuts: readonly Shortcut[];
  openings: number;
  connections: number;
  isFull: boolean;
  allowed: boolean;
}

function desk(): Desk {
  const settings = variable<Settings>(ALONE);
  const access = variable<Access>({ standing: "prompt", trouble: null });
  const made: Desk = {
    settings,
    access,
    shortcuts: [],
    openings: 0,
    connections: 0,
    isFull: false,
    allowed: false,
    host: {
      settings,
      save: async (change) => {
        if (made.isFull) throw new Error("no room");
        settings.set({ ...settings.now, ...change });
      },
      check: async () => ({ ok: true }),
      connect: () => {
        made.connections += 1;
        const hubs = hubsOf(settings, { saveToken: () => {}, transport: TRANSPORT });
        return {
          hub: hubs.hub,
          close: () => {
            made.connections -= 1;
            hubs.close();
          },
        };
      },
      access: { state: access, ask: async () => false, close: () => {} },
      openMicrophone: () => async () => {
        made.openings += 1;
        return { label: "twin", latencyMs: 0, close: () => (made.openings -= 1) };
      },
      devices: { list: async () => [{ id: "desk", label: "Desk microphone" }], watch: () => () => {} },
      everySite: {
        has: async () => made.allowed,
        ask: async () => made.allowed,
        giveBack: async () => true,
        watch: () => () => {},
      },
      shortcuts: async () => made.shortcuts,
      openShortcuts: vi.fn(),
      openSetup: vi.fn(),
      forget: vi.fn(async () => {}),
      mac: false,
    },
  };
  return made;
}

async function show(host: OptionsHost, section: string): Promise<void> {
  await act(async () => {
    mount(<Options host={host} />);
  });
  await go(section);
}

async function go(section: string): Promise<void> {
  await act(async () => {
    location.hash = section;
    window.dispatchEvent(new Event("hashchange"));
  });
}

async function pressed(name: string): Promise<void> {
  const button = [...document.querySelectorAll("button")].find(({ textContent }) => textContent?.trim() === name);
  if (!button) throw new Error(`there is no button ${name}`);
  await act(async () => {
    click(button);
  });
}

async function switched(label: string): Promise<void> {
  const field = [...document.querySelectorAll(".switch")].find((one) => one.textContent?.includes(label));
  const input = field?.querySelector("input");
  if (!input) throw new Error(`there is no switch ${label}`);
  await act(async () => {
    input.checked = !input.checked;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

const told = () => one(".options-told").textContent;

beforeEach(() => {
  location.hash = "";
});

test("each section is drawn, named in the address, and has one heading of its own", async () => {
  await show(desk().host, "");
  for (const { id, title } of SECTIONS) {
    await go(`#${id}`);
    expect(one("h2").textContent).toBe(title);
    expect(one("[aria-current=page]").getAttribute("href")).toBe(`#${id}`);
  }
});

test.each<[string, string, keyof Settings]>([
  ["microphone", "Echo cancellation", "echoCancellation"],
  ["microphone", "Noise suppression", "noiseSuppression"],
  ["microphone", "Automatic gain", "autoGain"],
  ["talking", "Pause the video", "pauseWhileSpeaking"],
  ["talking", "Send less", "opus"],
  ["look", "Notes over the video", "overlays"],
  ["look", "Emoji", "emoji"],
  ["privacy", "how well it went", "telemetry"],
])("%s: %s is kept at once, and that is said", async (section, label, name) => {
  const { host, settings } = desk();
  await show(host, `#${section}`);
  expect(told()).toBe("");
  await switched(label);
  expect(settings.now).toEqual({ ...ALONE, [name]: !ALONE[name] });
  expect(told()).toBe("Saved");
});

test("what the browser could not keep is said too", async () => {
  const made = desk();
  made.isFull = true;
  await show(made.host, "#look");
  await switched("Emoji");
  expect(told()).toMatch(/^Not saved: .*Try again\.$/);
});

test("the theme is the page's own at once", async () => {
  const { host } = desk();
  await show(host, "#look");
  await act(async () => choose(one<HTMLSelectElement>("select"), "dark"));
  expect(document.documentElement.dataset["theme"]).toBe("dark");
});

test("the microphone is open only while it is allowed and looked at", async () => {
  const made = desk();
  await show(made.host, "#microphone");
  expect(made.openings).toBe(0);
  await pressed("Allow the microphone");
  expect(made.host.openSetup).toHaveBeenCalledOnce();
  await act(async () => made.access.set({ standing: "granted", trouble: null }));
  expect(made.openings).toBe(1);
  const select = one<HTMLSelectElement>("select");
  await act(async () => choose(select, "desk"));
  expect([made.settings.now.microphone, made.openings]).toEqual(["desk", 1]);
  await go("#look");
  expect(made.openings).toBe(0);
});

test("a chosen microphone that is not connected is named, and stays chosen", async () => {
  const made = desk();
  made.settings.set({ ...ALONE, microphone: "gone" });
  made.access.set({ standing: "granted", trouble: null });
  await show(made.host, "#microphone");
  expect(one<HTMLSelectElement>("select").selectedOptions[0]?.textContent).toContain("not connected");
});

test("the browser's keys are listed, also those that have none", async () => {
  const made = desk();
  made.shortcuts = [
    { name: "Open the side panel", keys: "Alt+Shift+P" },
    { name: "Open the popup", keys: "" },
  ];
  await show(made.host, "#keys");
  expect(one(".group:first-child .key-hints").textContent).toBe("AltShiftPOpen the side panel");
  expect(document.body.textContent).toContain("No key yet: open the popup.");
  made.shortcuts = [{ name: "Open the popup", keys: "Alt+Shift+N" }];
  await act(async () => {
    window.dispatchEvent(new Event("focus"));
  });
  expect(one(".group:first-child .key-hints").textContent).toBe("AltShiftNOpen the popup");
});

test("a site is switched off by its switch, another one by its name", async () => {
  const { host, settings } = desk();
  await show(host, "#sites");
  await switched("Vimeo");
  expect(settings.now.offSites).toEqual(["vimeo.com"]);
  type(one<HTMLInputElement>("input[type=text]"), "no site");
  await pressed("Switch off there");
  expect(one("[role=alert]").textContent).toContain("example.com");
  type(one<HTMLInputElement>("input[type=text]"), "https://www.example.com/film");
  await pressed("Switch off there");
  expect(settings.now.offSites).toEqual(["vimeo.com", "example.com"]);
  await act(async () => {
    click(one("[aria-label='Use Sidenote on example.com again']"));
  });
  expect(settings.now.offSites).toEqual(["vimeo.com"]);
});

test("every other site needs the browser's yes", async () => {
  const made = desk();
  await show(made.host, "#sites");
  await switched("Every other site");
  expect(one("[role=alert]").textContent).toContain("did not allow");
  made.allowed = true;
  await switched("Every other site");
  expect(document.querySelector("[role=alert]")).toBeNull();
});

test("the server is connected only while what it keeps is looked at", async () => {
  const made = desk();
  await show(made.host, "#look");
  expect(made.connections).toBe(0);
  await go("#posting");
  expect(made.connections).toBe(1);
  expect(one("[role=switch]").matches(":disabled")).toBe(true);
  expect(one(".group [role=status]").textContent).toContain("Until then this can't be changed.");
  await go("#look");
  expect(made.connections).toBe(0);
});

test("nothing is forgotten before a person has said so twice", async () => {
  const { host } = desk();
  await show(host, "#privacy");
  await pressed("Forget everything here…");
  await pressed("Keep it");
  expect(host.forget).not.toHaveBeenCalled();
  await pressed("Forget everything here…");
  expect(document.activeElement?.textContent).toBe("Forget it all");
  await pressed("Forget it all");
  expect(host.forget).toHaveBeenCalledOnce();
});
