// extension/src/ui: puts a component into the document and hands it real DOM events.

import { type ComponentChild, render } from "preact";
import { act } from "preact/test-utils";
import { afterEach } from "vitest";

let place: HTMLElement | null = null;

export function mount(what: ComponentChild): HTMLElement {
  place ??= document.body.appendChild(document.createElement("div"));
  const box = place;
  act(() => render(what, box));
  return box;
}

export function unmount(): void {
  const box = place;
  if (!box) return;
  act(() => render(null, box));
  box.remove();
  place = null;
}

afterEach(unmount);

export function one<T extends HTMLElement = HTMLElement>(selector: string): T {
  const found = document.querySelectorAll<T>(selector);
  const [first] = found;
  if (!first || found.length > 1) throw new Error(`${found.length} elements are ${selector}`);
  return first;
}

export function send(target: EventTarget, event: Event): Event {
  act(() => {
    target.dispatchEvent(event);
  });
  return event;
}

export function key(target: EventTarget, name: string, how: KeyboardEventInit = {}, type = "keydown"): Event {
  return send(target, new KeyboardEvent(type, { key: name, bubbles: true, cancelable: true, ...how }));
}

export function pointer(target: EventTarget, type: string, how: PointerEventInit = {}): Event {
  return send(target, new PointerEvent(type, { bubbles: true, cancelable: true, button: 0, pointerId: 1, ...how }));
}

export function click(target: EventTarget, how: MouseEventInit = { detail: 1 }): Event {
  return send(target, new MouseEvent("click", { bubbles: true, cancelable: true, ...how }));
}

export function type(field: HTMLInputElement | HTMLTextAreaElement, text: string): void {
  field.value = text;
  send(field, new Event("input", { bubbles: true }));
}

export function choose(field: HTMLSelectElement, value: string): void {
  field.value = value;
  send(field, new Event("change", { bubbles: true }));
}
