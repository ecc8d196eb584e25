// Files that are shipped as they are: the icons, the model that hears speech, and onnxruntime's WebAssembly. Copies them
// into a build, changes none.

import { execFileSync } from "node:child_process";
import { readdirSync, readFileSync } from "node:fs";
import { basename, join } from "node:path";
import type { Plugin } from "vite";

const ROOT = join(import.meta.dirname, "../..");
const ONNXRUNTIME = join(ROOT, "node_modules/onnxruntime-web/dist");
const LOOK = join(ROOT, "extension/src/look");
/** Where it is asked for below the page's address: see `VadOptions`. */
export const MODEL = "models/silero_vad_v6.onnx";
/** With what is in it, most of the size of a build. */
export const HEAVY = ["models/", "ort/"];

/** Name in the build, and where it comes from. */
export type Shipped = Readonly<Record<string, string>>;

export function icons(): Shipped {
  const folder = join(LOOK, "icons");
  const pictures = readdirSync(folder).filter((name) => name.endsWith(".png"));
  return Object.fromEntries(pictures.map((name) => [`icons/${name}`, join(folder, name)]));
}

/** What `loadVad` needs. The model comes with a package of the server. */
export function voiceActivity(): Shipped {
  const find = "import importlib.util as u; print(*u.find_spec('faster_whisper').submodule_search_locations)";
  const package_ = execFileSync(join(ROOT, ".venv/bin/python"), ["-c", find], { encoding: "utf8" }).trim();
  const runtime = ["ort-wasm-simd-threaded.mjs", "ort-wasm-simd-threaded.wasm"];
  return {
    [MODEL]: join(package_, "assets", basename(MODEL)),
    "models/LICENSE.md": join(import.meta.dirname, "models.md"),
    ...Object.fromEntries(runtime.map((name) => [`ort/${name}`, join(ONNXRUNTIME, name)])),
  };
}

export function ship(files: Shipped): Plugin {
  return {
    name: "sidenote:ship",
    apply: "build",
    generateBundle() {
      for (const [fileName, from] of Object.entries(files)) {
        this.emitFile({ type: "asset", fileName, source: readFileSync(from) });
      }
    },
  };
}
