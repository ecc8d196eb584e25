// A name for one thing, at random. Works on pages that were opened over plain http too, where there is no randomUUID.

export function randomId(): string {
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  return Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
}
