import { defineConfig } from "vitest/config";

export default defineConfig({
  test: {
    include: ["tests/{extension,offscreen}/**/*.test.{ts,tsx}"],
    restoreMocks: true,
  },
});
