// Builds the extension: `npm run extension` writes build/extension and build/extension.zip.

import { join } from "node:path";
import { defineConfig } from "vite";
import { COMMON } from "./build/options";
import { pack } from "./build/pack";
import { icons, ship, voiceActivity } from "./build/shipped";

const SOURCE = join(import.meta.dirname, "src");
const ROOT = join(import.meta.dirname, "..");
const ENTRYPOINTS = join(SOURCE, "entrypoints");
const PAGES = ["sidepanel", "popup", "options", "microphone", "offscreen"];

export default defineConfig({
  ...COMMON,
  root: ENTRYPOINTS,
  build: { ...COMMON.build, outDir: join(ROOT, "build/extension") },
  environments: {
    client: {
      build: {
        emptyOutDir: true,
        rolldownOptions: {
          input: Object.fromEntries([
            ["background", join(ENTRYPOINTS, "background.ts")],
            ...PAGES.map((page) => [page, join(ENTRYPOINTS, `${page}.html`)]),
          ]),
          output: {
            entryFileNames: ({ name }) => (name === "background" ? "background.js" : "assets/[name]-[hash].js"),
          },
        },
      },
    },
    // A content script is a classic one: it can't import.
    content: {
      consumer: "client",
      build: {
        emptyOutDir: false,
        license: false, // it has nothing that the pages don't have
        rolldownOptions: {
          input: join(ENTRYPOINTS, "content.ts"),
          output: { format: "iife", entryFileNames: "content.js" },
        },
      },
    },
  },
  builder: {
    async buildApp(builder) {
      const { client, content } = builder.environments;
      if (!client || !content) throw new Error("the environments are declared above");
      await builder.build(client);
      await builder.build(content);
      pack(client.config.build.outDir);
    },
  },
  plugins: [
    {
      ...ship({
        "manifest.json": join(SOURCE, "manifest.json"),
        LICENSE: join(ROOT, "LICENSE"),
        NOTICE: join(ROOT, "NOTICE"),
        ...icons(),
        ...voiceActivity(),
      }),
      applyToEnvironment: ({ name }) => name === "client",
    },
  ],
});
