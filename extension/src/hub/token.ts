// What a connect token says of itself: whose it is and until when. It is read, not checked: only the server can do that.

export interface Claims {
  readonly userId: string;
  readonly expiresMs: number;
}

/** Null where it is no token of the shape that the server issues. */
export function claimsOf(token: string): Claims | null {
  const [, body, signature] = token.split(".");
  if (body === undefined || signature === undefined) return null;
  try {
    const bytes = Uint8Array.from(atob(body.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const { sub, exp } = JSON.parse(new TextDecoder().decode(bytes)) as { sub?: unknown; exp?: unknown };
    return typeof sub === "string" && typeof exp === "number" ? { userId: sub, expiresMs: exp * 1000 } : null;
  } catch {
    return null;
  }
}
