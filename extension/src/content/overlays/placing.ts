// Follows the rectangles of a video and of its progress bar, and tells them after anything that may have moved them.
// Reads only, and at most once a frame.

import { type Rectangle, rectangleOf } from "../rectangle";

export interface Places {
  /** null while the video can't be seen. */
  readonly video: Rectangle | null;
  /** null where there is no bar, or while it is faded out. */
  readonly bar: Rectangle | null;
}

const MOVES = ["scroll", "transitionrun", "transitionend", "animationend", "load", "toggle"];

/** `barOf` is asked anew each time: players build their bars late, and again. Returns what ends it. */
export function followPlaces(
  video: HTMLVideoElement,
  barOf: () => Element | null,
  top: Window,
  tell: (places: Places) => void,
): () => void {
  let frame: number | null = null;
  let observedBar: Element | null = null;
  const ending = new AbortController();

  const measure = (): void => {
    frame = null;
    const bar = barOf();
    if (bar !== observedBar) {
      if (observedBar !== null) observer.unobserve(observedBar);
      if (bar !== null) observer.observe(bar);
      observedBar = bar;
    }
    tell({
      video: isSeen(video) ? rectangleOf(video, top) : null,
      bar: bar !== null && isSeen(bar) ? rectangleOf(bar, top) : null,
    });
  };
  const measureSoon = (): void => {
    frame ??= top.requestAnimationFrame(measure);
  };

  const observer = new ResizeObserver(measureSoon);
  const documents = new Set([video.ownerDocument, top.document]);
  observer.observe(video);
  for (const document of documents) {
    observer.observe(document.documentElement); // what stands above the video may push it down
    if (document.body) observer.observe(document.body);
    for (const name of MOVES) {
      document.addEventListener(name, measureSoon, { capture: true, passive: true, signal: ending.signal });
    }
    document.addEventListener("fullscreenchange", measureSoon, { signal: ending.signal });
  }
  top.addEventListener("resize", measureSoon, { signal: ending.signal });
  measure();
  return () => {
    ending.abort();
    observer.disconnect();
    if (frame !== null) top.cancelAnimationFrame(frame);
  };
}

function isSeen(element: Element): boolean {
  const { width, height } = element.getBoundingClientRect();
  if (width === 0 || height === 0 || !element.isConnected) return false;
  return element.checkVisibility?.({ opacityProperty: true, visibilityProperty: true }) ?? true;
}

/** Puts an element over a rectangle; hides it where there is none. */
export function putOver(element: HTMLElement, place: Rectangle | null): void {
  element.hidden = place === null;
  if (place === null) return;
  for (const side of ["left", "top", "width", "height"] as const) {
    element.style.setProperty(side, `${place[side].toFixed(1)}px`);
  }
}
