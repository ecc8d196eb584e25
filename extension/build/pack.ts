// The last step of the extension's build: the zip beside the folder, and how large everything became.

import { readFileSync, writeFileSync } from "node:fs";
import { join } from "node:path";
import { gzipSync } from "node:zlib";
import { HEAVY } from "./shipped";
import { filesOf, zipOf } from "./zip";

export function pack(folder: string): void {
  const zip = zipOf(folder);
  writeFileSync(`${folder}.zip`, zip);
  let light = 0;
  let all = 0;
  for (const name of filesOf(folder)) {
    const bytes = gzipSync(readFileSync(join(folder, name))).length;
    all += bytes;
    if (!HEAVY.some((heavy) => name.startsWith(heavy))) light += bytes;
  }
  const told = `${kilobytes(light)} gzipped, ${kilobytes(all)} with models and WebAssembly; zip ${kilobytes(zip.length)}`;
  process.stdout.write(`${folder}: ${told}\n`);
}

function kilobytes(bytes: number): string {
  return `${Math.ceil(bytes / 1000)} kB`;
}
