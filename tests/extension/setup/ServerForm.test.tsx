// @vitest-environment happy-dom
// extension/src/setup/ServerForm.tsx: what is typed is kept and checked, and what is wrong stands beside its field.

import { useState } from "preact/hooks";
import { act } from "preact/test-utils";
import { expect, test } from "vitest";
import type { Check, Checked } from "../../../extension/src/hub/check";
import { DEFAULTS, type Settings } from "../../../extension/src/parts/settings";
import { ServerForm } from "../../../extension/src/setup/ServerForm";
import { mount, one, send, type } from "../ui/mount";

const GOOD: Checked = { ok: true };
const address = () => one<HTMLInputElement>("input[type=text]");
const token = () => one<HTMLInputElement>("input[type=password]");
const faults = () => [...document.querySelectorAll("[role=alert]")].map((fault) => fault.textContent);
const leave = (field: HTMLElement) => send(field, new FocusEvent("focusout", { bubbles: true }));

async function press(): Promise<void> {
  await act(async () => {
    one("form").dispatchEvent(new Event("submit", { bubbles: true, cancelable: true }));
  });
}

interface Shown {
  readonly saved: Partial<Settings>[];
  readonly asked: [string, string][];
  readonly checked: boolean[];
  /** As if another page had changed them. */
  change(change: Partial<Settings>): void;
}

async function show(given: Partial<Settings>, check: Check): Promise<Shown> {
  const shown: Shown = { saved: [], asked: [], checked: [], change: () => {} };
  const asking: Check = (...asked) => {
    shown.asked.push(asked);
    return check(...asked);
  };
  function Page() {
    const [settings, setSettings] = useState<Settings>({ ...DEFAULTS, ...given });
    shown.change = (change) => act(() => setSettings((now) => ({ ...now, ...change })));
    const save = (change: Partial<Settings>) => {
      shown.saved.push(change);
      setSettings({ ...settings, ...change });
    };
    return <ServerForm settings={settings} save={save} check={asking} onChecked={(good) => shown.checked.push(good)} />;
  }
  await act(async () => {
    mount(<Page />);
  });
  return shown;
}

test("a field is kept when it is left, and only what has changed", async () => {
  const shown = await show({}, async () => GOOD);
  type(address(), "notes.example:8443/sidenote/");
  expect(shown.saved).toEqual([]);
  leave(address());
  expect(shown.saved).toEqual([{ server: "http://notes.example:8443/sidenote" }]);
  expect(address().value).toBe("http://notes.example:8443/sidenote");
  leave(address());
  type(token(), " a.b.c ");
  leave(token());
  expect(shown.saved.slice(1)).toEqual([{ token: "a.b.c" }]);
  expect(shown.asked).toEqual([]);
});

test("no address, no check: what is typed stays, and it is said how to write it", async () => {
  const shown = await show({}, async () => GOOD);
  type(address(), "http://");
  await press();
  expect(faults()).toEqual([expect.stringContaining("http://HOST:PORT")]);
  expect(address().value).toBe("http://");
  expect([shown.saved, shown.asked]).toEqual([[], []]);
});

test.each([
  ["unreachable", 0],
  ["not_ready", 0],
  ["origin_not_allowed", 0],
  ["too_many_connections", 0],
  ["token_missing", 1],
  ["token_expired", 1],
  ["token_refused", 1],
] as const)("%s is told at its field, until something is typed", async (why, field) => {
  const shown = await show({}, async () => ({ ok: false, why }));
  type(token(), "a.b.c");
  await press();
  expect(faults()).toEqual([expect.stringMatching(/^[A-Z].*\.$/)]);
  expect([address(), token()].map((input) => input.hasAttribute("aria-invalid"))).toEqual([field === 0, field === 1]);
  expect(shown.checked).toEqual([false]);
  type(token(), "a.b.cd");
  expect(faults()).toEqual([]);
});

test("a server that is there greets by name; the first look is nobody's doing", async () => {
  const claims = btoa(JSON.stringify({ sub: "ada", exp: 4_000_000_000 }));
  const shown = await show({ token: `x.${claims}.y` }, async () => GOOD);
  expect(shown.asked).toEqual([[DEFAULTS.server, `x.${claims}.y`]]);
  expect(one(".told-good").textContent).toContain("ada");
  expect(shown.checked).toEqual([]);
  await press();
  expect(shown.checked).toEqual([true]);
});

test("an answer about what is no longer written is not shown", async () => {
  let answer: (checked: Checked) => void = () => {};
  const shown = await show({ token: "a.b.c" }, () => new Promise((resolve) => (answer = resolve)));
  type(token(), "d.e.f");
  await act(async () => answer({ ok: false, why: "token_refused" }));
  expect(faults()).toEqual([]);
  expect(shown.checked).toEqual([]);
});

test("a token that was renewed meanwhile is not put back", async () => {
  const shown = await show({ token: "old.a.b" }, async () => GOOD);
  type(address(), "http://other:1");
  leave(address());
  shown.change({ token: "new.a.b" });
  expect(token().value).toBe("new.a.b");
  leave(token());
  expect(shown.saved).toEqual([{ server: "http://other:1" }]);
});
