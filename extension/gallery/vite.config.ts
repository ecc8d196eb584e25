// Builds the gallery alone: `npx vite build extension/gallery`.

import { defineConfig } from "vite";

export default defineConfig({
  root: import.meta.dirname,
  base: "./",
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  build: { target: "chrome123", outDir: "../../build/gallery", emptyOutDir: true },
});
