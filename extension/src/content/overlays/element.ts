// Elements by DOM calls alone: nothing here reads HTML, so a page that demands Trusted Types has nothing to refuse.

/** A `kind` element of this class, with this text. */
export function made<Kind extends keyof HTMLElementTagNameMap>(
  page: Document,
  kind: Kind,
  className: string,
  text = "",
): HTMLElementTagNameMap[Kind] {
  const element = page.createElement(kind);
  element.className = className;
  element.textContent = text;
  return element;
}
