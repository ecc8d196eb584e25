// Where an element stands in the window of the whole page, also when it lies in a frame of the same origin.

export interface Rectangle {
  readonly left: number;
  readonly top: number;
  readonly width: number;
  readonly height: number;
}

/** Pixels of the viewport of `top`. */
export function rectangleOf(element: Element, top: Window): Rectangle {
  let { left, top: above, width, height } = element.getBoundingClientRect();
  let view = element.ownerDocument.defaultView;
  while (view !== null && view !== top) {
    const frame = view.frameElement;
    if (frame === null) break;
    const box = frame.getBoundingClientRect();
    left += box.left + frame.clientLeft;
    above += box.top + frame.clientTop;
    view = frame.ownerDocument.defaultView;
  }
  return { left, top: above, width, height };
}
