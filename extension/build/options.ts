// What every page of the extension and the server's own web page are built with.

import type { UserConfig } from "vite";

/** JSX by Preact, for the oldest Chrome that the manifest allows, and nothing that a strict content policy refuses. */
export const COMMON = {
  base: "./",
  publicDir: false,
  oxc: { jsx: { runtime: "automatic", importSource: "preact" } },
  resolve: {
    // onnxruntime then loads its WebAssembly from a file of its own, which the wheel and the zip have once.
    conditions: ["onnxruntime-web-use-extern-wasm", "module", "browser", "development|production"],
  },
  worker: { format: "es" },
  build: {
    target: "chrome123",
    modulePreload: false,
    assetsInlineLimit: 0,
    sourcemap: false,
    license: { fileName: "licenses.md" }, // of the packages from npm that are in it
    reportCompressedSize: false,
  },
} satisfies UserConfig;
