// Builds the server's own page: `npx vite build extension/src/web` writes server/web.

import { join } from "node:path";
import { defineConfig } from "vite";
import { COMMON } from "../../build/options";
import { ship, voiceActivity } from "../../build/shipped";

// The server shows what is below assets/ and nothing else.
const shipped = Object.entries(voiceActivity()).map(([name, from]) => [`assets/${name}`, from]);

export default defineConfig({
  ...COMMON,
  root: import.meta.dirname,
  build: { ...COMMON.build, outDir: join(import.meta.dirname, "../../../server/web"), emptyOutDir: true },
  plugins: [ship(Object.fromEntries(shipped))],
});
