// Speech for tests: made by the same voices as for the Python tests, and read from WAV.

import { execFileSync } from "node:child_process";
import { readFileSync } from "node:fs";
import { PYTHON, ROOT } from "./server";

export { inFrames } from "./frames";

/** PCM16, mono, 16 kHz. */
export function speak(text: string): Int16Array {
  const program = "import sys; from tests.speech.synthesis import speak; print(speak(sys.argv[1]).path)";
  return readWav(execFileSync(PYTHON, ["-c", program, text], { cwd: ROOT, encoding: "utf8" }).trim());
}

export function readWav(path: string): Int16Array {
  const file = readFileSync(path);
  const at = file.indexOf("data");
  const bytes = file.subarray(at + 8, at + 8 + file.readUInt32LE(at + 4));
  return Int16Array.from({ length: bytes.length / 2 }, (_, i) => bytes.readInt16LE(2 * i));
}
