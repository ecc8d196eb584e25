// What runs in the pages of videos: goes along with the page, once in each document, where the person has not switched
// the site off. It opens no connection of its own and never touches the microphone.

import { accompany } from "../content/companion";
import { linkOf, type PagePort } from "../content/link";
import type { Attend, PageStart } from "../parts/messages";
import { PAGE_PORT } from "../talk/messages";

const ONCE = "sidenoteIsHere";

if (!(ONCE in globalThis)) {
  Object.assign(globalThis, { [ONCE]: true });
  // A page that is made ready before anybody opens it is no page of its tab yet.
  if ("prerendering" in document && document.prerendering) {
    document.addEventListener("prerenderingchange", () => void begin(), { once: true });
  } else {
    void begin();
  }
}

async function begin(): Promise<void> {
  const start: PageStart | undefined = await chrome.runtime.sendMessage({ to: "background", type: "hello" });
  if (start === undefined || start.off) return;
  const { practice, settings } = start;
  const ending = new AbortController();
  const { signal } = ending;

  const link = linkOf(
    { isThere, tell: (message) => chrome.runtime.sendMessage(message), connect },
    (message) => void companion.receive(message),
    () => ending.abort(),
  );
  const companion = accompany(window, link.ports, { practice, settings });
  signal.addEventListener("abort", () => companion.stop());

  chrome.runtime.onMessage.addListener((message: Attend) => {
    if (message.type === "attend" && message.subject !== null) link.attend(message.subject);
  });
  window.addEventListener("pagehide", link.hide, { signal });
  window.addEventListener("pageshow", ({ persisted }) => persisted && companion.repeat(), { signal });
}

function isThere(): boolean {
  return chrome.runtime?.id !== undefined;
}

function connect(): PagePort {
  const port = chrome.runtime.connect({ name: PAGE_PORT });
  return {
    post: (message) => port.postMessage(message),
    close: () => port.disconnect(),
    onMessage: (listener) => port.onMessage.addListener(listener),
    onLost: (listener) => port.onDisconnect.addListener(listener),
  };
}
