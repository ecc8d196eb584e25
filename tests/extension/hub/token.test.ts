// extension/src/hub/token.ts: what a token says of itself.

import { expect, test } from "vitest";
import { claimsOf } from "../../../extension/src/hub/token";

const token = (claims: unknown) => `h.${Buffer.from(JSON.stringify(claims)).toString("base64url")}.s`;

test("whose it is and until when, in any script", () => {
  expect(claimsOf(token({ sub: "Zoë 漢", exp: 1_800_000_000 }))).toEqual({
    userId: "Zoë 漢",
    issuedMs: null,
    expiresMs: 1_800_000_000_000,
  });
  expect(claimsOf(token({ sub: "ada", iat: 1, exp: 2 }))).toMatchObject({ issuedMs: 1000, expiresMs: 2000 });
});

test.each(["", "nonsense", "a.b", "a.%%%.c", token({ sub: "ada" }), token({ exp: 1 }), token(null), token([])])(
  "%j says nothing",
  (given) => {
    expect(claimsOf(given)).toBeNull();
  },
);
