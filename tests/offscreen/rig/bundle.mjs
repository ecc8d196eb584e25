// Puts page.ts and all it imports into one classic script: `node bundle.mjs FOLDER` writes FOLDER/page.js.

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
      entry: fileURLToPath(new URL("page.ts", import.meta.url)),
      formats: ["iife"],
      name: "sidenotePage",
      fileName: () => "page.js",
    },
  },
});
