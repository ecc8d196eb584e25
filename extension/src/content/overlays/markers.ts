// Marks on the site's progress bar, one a note. They take no click: a click on the bar is the site's.

import { made } from "./element";
import type { Marker } from "./notes";

export interface MarkerTrack {
  readonly element: HTMLElement;
  show(markers: readonly Marker[]): void;
}

export function markerTrack(page: Document): MarkerTrack {
  const element = made(page, "div", "track");
  element.setAttribute("aria-hidden", "true"); // the side panel's list says the same in words
  let shown = "";
  return {
    element,
    show(markers) {
      const now = JSON.stringify(markers);
      if (now === shown) return;
      shown = now;
      element.replaceChildren(...markers.map((marker) => drawn(page, marker)));
    },
  };
}

function drawn(page: Document, { id, kind, share }: Marker): HTMLElement {
  const mark = made(page, "i", `marker ${kind}`);
  mark.setAttribute("data-note", id);
  mark.style.setProperty("left", `${(share * 100).toFixed(3)}%`);
  return mark;
}
