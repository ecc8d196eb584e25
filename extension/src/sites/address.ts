// Parts of an address as the server reads them (channels/videos.py). Pure.

const ID = /^[A-Za-z0-9_-]{1,128}$/;

/** The parts of the path that are not empty. */
export function partsOf(url: URL): readonly string[] {
  return url.pathname.split("/").filter((part) => part !== "");
}

/** A text that may be a site's id, else null. */
export function idOrNull(text: string | undefined): string | null {
  return text !== undefined && ID.test(text) ? text : null;
}

/** The address without its fragment, and without a question mark that asks nothing. */
export function withoutFragment(url: URL): string {
  const end = url.href.indexOf("#");
  const address = end < 0 ? url.href : url.href.slice(0, end);
  return address.endsWith("?") ? address.slice(0, -1) : address;
}
