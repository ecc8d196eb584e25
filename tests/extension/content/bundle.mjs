// Puts entry.ts and all it imports into one classic script: `node bundle.mjs FOLDER` writes FOLDER/content.js.

import { fileURLToPath } from "node:url";
import { build } from "vite";

const [outDir] = process.argv.slice(2);
await build({
  configFile: false,
  logLevel: "error",
  root: fileURLToPath(new URL("../../..", import.meta.url)),
  build: {
    outDir,
    minify: false,
    target: "es2022",
    lib: {
      entry: fileURLToPath(new URL("entry.ts", import.meta.url)),
      formats: ["iife"],
      name: "sidenoteUnderTest",
      fileName: () => "content.js",
    },
  },
});
