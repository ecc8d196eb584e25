// A real `sidenote serve` with data of its own, and phoenix.js sockets to it.

import { type ChildProcess, spawn } from "node:child_process";
import { mkdtempSync, rmSync } from "node:fs";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { createInterface } from "node:readline";
import { Socket } from "phoenix";
import WebSocket from "ws";

export const ROOT = join(import.meta.dirname, "../../..");
export const PYTHON = join(ROOT, ".venv/bin/python");
const READY = /address\s+http:\/\/\S+:(?<port>\d+)\s+token\s+(?<token>\S+)\s/;

export type Server = Readonly<{
  port: number;
  token: string;
  /** `kill -9`; its data stay. */
  kill(): Promise<void>;
}>;

/** A folder for what a server keeps, which is gone in the end. */
export function dataFolder(): { path: string; remove(): void } {
  const path = mkdtempSync(join(tmpdir(), "sidenote-"));
  return { path, remove: () => rmSync(path, { recursive: true, force: true }) };
}

export async function startServer(folder: string): Promise<Server> {
  const process_ = spawn(PYTHON, ["-m", "server.cli", "serve", "--port", "0"], {
    cwd: ROOT,
    env: { ...process.env, SIDENOTE_DATA_DIR: folder, SIDENOTE_LOG_LEVEL: "error" },
    stdio: ["ignore", "pipe", "inherit"],
  });
  const { port, token } = await ready(process_);
  return {
    port,
    token,
    async kill() {
      const ended = new Promise<void>((resolve) => process_.once("exit", () => resolve()));
      process_.kill("SIGKILL");
      await ended;
    },
  };
}

async function ready(process_: ChildProcess): Promise<{ port: number; token: string }> {
  if (!process_.stdout) throw new Error("the server says nothing");
  let said = "";
  const lines = createInterface({ input: process_.stdout });
  for await (const line of lines) {
    said += `${line}\n`;
    const found = READY.exec(said)?.groups as { port: string; token: string } | undefined;
    if (found) {
      process_.stdout.resume();
      return { port: Number(found.port), token: found.token };
    }
  }
  throw new Error(`the server ended before it was ready: ${said}`);
}

/** Comes back at once when its connection is lost. */
export function connectTo(url: string, token: string): Socket {
  const socket = new Socket(`${url}/socket`, {
    transport: WebSocket,
    authToken: token,
    reconnectAfterMs: () => 20,
    rejoinAfterMs: () => 20,
  });
  socket.connect();
  return socket;
}
