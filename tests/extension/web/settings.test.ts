// @vitest-environment happy-dom
// extension/src/web/settings.ts: what the server's own page keeps, and the token in its address.

import { afterEach, expect, it } from "vitest";
import { keptSettings } from "../../../extension/src/web/settings";

const part = (value: object) => btoa(JSON.stringify(value)).replaceAll("=", "");
const TOKEN = `${part({ alg: "HS256" })}.${part({ sub: "local", iat: 1, exp: 2 })}.signed`;

afterEach(() => localStorage.clear());

/** A window that was opened at that address. */
function page(address: string, storage: () => Storage = () => localStorage) {
  const heard = new EventTarget();
  const location = new URL(address);
  return {
    heard,
    location: location as unknown as Location,
    history: {
      replaceState: (_: unknown, __: string, to: string) => {
        location.href = new URL(to, location).href;
      },
    } as History,
    get localStorage() {
      return storage();
    },
    addEventListener: heard.addEventListener.bind(heard) as Window["addEventListener"],
  };
}

it("the token is taken out of the address, and kept", () => {
  const first = page(`http://127.0.0.1:1/?a=1#token=${TOKEN}`);
  expect(keptSettings(first).settings.now).toMatchObject({ token: TOKEN, server: "http://127.0.0.1:1" });
  expect(first.location.href).toBe("http://127.0.0.1:1/?a=1");
  expect(keptSettings(page("http://127.0.0.1:1/")).settings.now.token).toBe(TOKEN);
});

it("a newer token in the address of an open page is taken as well", () => {
  const open = page("http://127.0.0.1:1/");
  const { settings } = keptSettings(open);
  open.location.hash = `#token=${TOKEN}`;
  open.heard.dispatchEvent(new Event("hashchange"));
  expect(settings.now.token).toBe(TOKEN);
});

it.each(["#token=nonsense", "#token=%ff", "#other"])("%s is no token", (hash) => {
  expect(keptSettings(page(`http://127.0.0.1:1/${hash}`)).settings.now.token).toBe("");
});

it("the server is where the page came from, whatever was kept, also below a path", () => {
  localStorage.setItem("sidenote-settings", JSON.stringify({ server: "http://evil.example", theme: "dark" }));
  const { settings } = keptSettings(page("https://host.example/notes/"));
  expect(settings.now).toMatchObject({ server: "https://host.example/notes", theme: "dark" });
});

it("without storage it lasts as long as the page", () => {
  const { settings, save } = keptSettings(
    page("http://127.0.0.1:1/", () => {
      throw new DOMException("no", "SecurityError");
    }),
  );
  save({ theme: "light" });
  expect(settings.now.theme).toBe("light");
});
