// The settings of the server's own page, kept by the browser: the server is the one that the page came from, and the token
// comes in the address, out of which it is taken at once.

import { type Observable, variable } from "../hub/observable";
import { claimsOf } from "../hub/token";
import { type Settings, settingsOf } from "../parts/settings";

const KEY = "sidenote-settings";
const TOKEN = /^#token=(.+)$/;

export interface KeptSettings {
  readonly settings: Observable<Settings>;
  readonly save: (change: Partial<Settings>) => void;
}

/** `page`: the window, with the address under which the page was opened. */
export function keptSettings(
  page: Pick<Window, "location" | "history" | "localStorage" | "addEventListener">,
): KeptSettings {
  const { location, history } = page;
  const server = location.origin + location.pathname.replace(/\/[^/]*$/, "");
  const read = (text: string | null): Settings => ({ ...settingsOf(parsed(text)), server });
  const settings = variable(read(storage()?.getItem(KEY) ?? null));

  function storage(): Storage | null {
    try {
      return page.localStorage;
    } catch {
      return null; // the browser keeps nothing for this page: it lasts as long as the page does
    }
  }

  function save(change: Partial<Settings>): void {
    const next = { ...settings.now, ...change, server };
    storage()?.setItem(KEY, JSON.stringify(next));
    settings.set(next);
  }

  function takeToken(): void {
    const given = TOKEN.exec(location.hash)?.[1];
    if (given === undefined) return;
    history.replaceState(null, "", location.pathname + location.search);
    const token = decoded(given);
    if (claimsOf(token)) save({ token });
  }

  page.addEventListener("hashchange", takeToken);
  page.addEventListener("storage", ({ key, newValue }) => {
    if (key === KEY) settings.set(read(newValue));
  });
  takeToken();
  return { settings, save };
}

function parsed(text: string | null): unknown {
  try {
    return JSON.parse(text ?? "null");
  } catch {
    return null;
  }
}

function decoded(text: string): string {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}
