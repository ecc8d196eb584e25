// The one element that is put into a page, with the shadow root that holds all overlays. It goes where it can be seen,
// into the fullscreen element and back, takes no click, and leaves nothing behind.

import { overlaySheet } from "./sheet";

export const HOST_NAME = "sidenote-overlay";

const KEYS = ["keydown", "keypress", "keyup"] as const;
const POINTER = [
  ...["click", "dblclick", "auxclick", "contextmenu", "mousedown", "mouseup"],
  ...["pointerdown", "pointerup", "touchstart", "touchend", "wheel"],
] as const;

export interface OverlayHost {
  readonly root: ShadowRoot;
  /** Put it back where it belongs: pages rebuild themselves. */
  settle(): void;
  remove(): void;
}

export function overlayHost(page: Document, mode: ShadowRootMode): OverlayHost {
  const host = page.createElement(HOST_NAME);
  host.setAttribute("popover", "manual");
  const root = host.attachShadow({ mode });
  root.adoptedStyleSheets = [overlaySheet()];
  const ending = new AbortController();
  const { signal } = ending;

  const childless = new WeakSet<Element>(); // asked once each: asking moves the host
  const settle = (): void => {
    const whole = wholeScreen(page);
    if (whole !== null && !childless.has(whole) && !canHold(whole, host)) childless.add(whole);
    const home = whole !== null && !childless.has(whole) ? whole : page.documentElement;
    if (host.parentNode !== home) home.append(host);
    if (whole !== null && home !== whole) raise(host);
    else lower(host);
  };

  page.addEventListener("fullscreenchange", settle, { signal });
  // A key meant for a button of ours is no shortcut of the page; the browser presses the button all the same.
  const keepKey = (event: Event): void => {
    if (event.composedPath().includes(host)) event.stopImmediatePropagation();
  };
  for (const name of KEYS) page.defaultView?.addEventListener(name, keepKey, { capture: true, signal });
  for (const name of POINTER) root.addEventListener(name, (event) => event.stopPropagation(), { passive: true });
  settle();
  return {
    root,
    settle,
    remove() {
      ending.abort();
      host.remove();
    },
  };
}

/** The fullscreen element itself, also inside open shadow roots. */
function wholeScreen(page: Document): Element | null {
  let whole = page.fullscreenElement;
  while (whole?.shadowRoot?.fullscreenElement) whole = whole.shadowRoot.fullscreenElement;
  return whole;
}

/** Whether what is put into this element is drawn: a video draws none of its children. */
function canHold(element: Element, host: HTMLElement): boolean {
  if (host.parentNode !== element) {
    lower(host);
    element.append(host);
  }
  return host.getBoundingClientRect().width > 0;
}

/** Into the browser's top layer, above a fullscreen element that holds nothing. There it is seen, but takes no click. */
function raise(host: HTMLElement): void {
  if (!host.matches(":popover-open")) host.showPopover();
}

function lower(host: HTMLElement): void {
  if (host.matches(":popover-open")) host.hidePopover();
}
