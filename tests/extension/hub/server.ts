// The real server as a process of its own, with scripted hearing, for tests of the hub; and notes written into its store.

import { type ChildProcess, execFile, spawn } from "node:child_process";
import { createHmac } from "node:crypto";
import { mkdtempSync, readFileSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { promisify } from "node:util";

const ROOT = join(import.meta.dirname, "../../..");
const PYTHON = join(ROOT, ".venv/bin/python");
const READY = /address\s+(http:\/\/\S+:(\d+))\s+token\s+(\S+)/;

export interface Server {
  readonly address: string;
  readonly port: number;
  readonly token: string;
  readonly kill: () => Promise<void>;
}

export interface Folder {
  readonly path: string;
  /** A token of the server's user that ends after `seconds`, and is `age` seconds old. */
  readonly token: (seconds: number, age?: number) => string;
  readonly remove: () => void;
}

export function dataFolder(): Folder {
  const path = mkdtempSync(join(tmpdir(), "sidenote-hub-"));
  return {
    path,
    token: (seconds, age = 0) => {
      const part = (value: object) => Buffer.from(JSON.stringify(value)).toString("base64url");
      const now = Math.floor(Date.now() / 1000);
      const claims = { sub: "local", aud: "sidenote-socket", iat: now - age, exp: now + seconds };
      const signed = `${part({ alg: "HS256", typ: "JWT" })}.${part(claims)}`;
      const secret = Buffer.from(readFileSync(join(path, "token-secret"), "ascii").trim(), "hex");
      return `${signed}.${createHmac("sha256", secret).update(signed).digest("base64url")}`;
    },
    remove: () => rmSync(path, { recursive: true, force: true }),
  };
}

export async function startServer(folder: Folder, port = 0, settings: Record<string, string> = {}): Promise<Server> {
  const env = { ...process.env, SIDENOTE_DATA_DIR: folder.path, SIDENOTE_LOG_LEVEL: "error", ...settings };
  const program = spawn(PYTHON, ["tests/chaos/server.py", "--port", `${port}`], {
    cwd: ROOT,
    env,
    stdio: ["ignore", "pipe", "ignore"],
  });
  process.once("exit", () => program.kill("SIGKILL"));
  const [, address = "", found = "", token = ""] = await said(program, READY);
  return { address, port: Number(found), token, kill: () => killed(program) };
}

function said(program: ChildProcess, wanted: RegExp): Promise<RegExpExecArray> {
  return new Promise((resolve, reject) => {
    let text = "";
    program.stdout?.on("data", (chunk: Buffer) => {
      text += chunk.toString();
      const found = wanted.exec(text);
      if (found) resolve(found);
    });
    program.once("exit", () => reject(new Error(`the server ended before it was ready: ${text}`)));
  });
}

/** As `kill -9`: nothing is saved on the way out. */
function killed(program: ChildProcess): Promise<void> {
  return new Promise((resolve) => {
    if (program.exitCode !== null || program.signalCode !== null) return resolve();
    program.once("exit", () => resolve());
    program.kill("SIGKILL");
  });
}

const JOT = `
import asyncio, json, sys
from pathlib import Path
from server.settings import load_settings
from tests.server.notepad import notepad

async def main(folder, count):
    async with notepad(load_settings(env_file=None, data_dir=Path(folder))) as pad:
        jots = (pad.jot(f"Note {n}", number=n, at_s=n * 37 % 600) for n in range(1, count + 1))
        notes = await asyncio.gather(*jots)
    print(json.dumps({"video": notes[0].video_id, "notes": [note.id for note in notes]}))

asyncio.run(main(sys.argv[1], int(sys.argv[2])))
`;

/** Writes notes of the practice video into the store. */
export async function jot(folder: Folder, count: number): Promise<{ video: string; notes: string[] }> {
  const { stdout } = await promisify(execFile)(PYTHON, ["-c", JOT, folder.path, `${count}`], { cwd: ROOT });
  return JSON.parse(stdout) as { video: string; notes: string[] };
}
