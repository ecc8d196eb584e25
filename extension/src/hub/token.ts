// What a connect token says of itself: whose it is and until when. It is read, not checked: only the server can do that.

export interface Claims {
  readonly userId: string;
  /** Null where it does not say. */
  readonly issuedMs: number | null;
  readonly expiresMs: number;
}

/** Null where it is no token of the shape that the server issues. */
export function claimsOf(token: string): Claims | null {
  const [, body, signature] = token.split(".");
  if (body === undefined || signature === undefined) return null;
  try {
    const bytes = Uint8Array.from(atob(body.replaceAll("-", "+").replaceAll("_", "/")), (c) => c.charCodeAt(0));
    const { sub, iat, exp } = JSON.parse(new TextDecoder().decode(bytes)) as Readonly<Record<string, unknown>>;
    if (typeof sub !== "string" || typeof exp !== "number") return null;
    return { userId: sub, issuedMs: typeof iat === "number" ? iat * 1000 : null, expiresMs: exp * 1000 };
  } catch {
    return null;
  }
}
