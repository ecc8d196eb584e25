// What a person has set in the extension, as it is kept: every field has a default, and whatever is stored that can't be
// right (an older version, a hand that slipped) falls back to it. Reads and writes nothing itself.

import { serverAddress } from "../hub/address";

export type Theme = "system" | "light" | "dark";

export interface Settings {
  /** Address of the server as `serverAddress` keeps it. */
  readonly server: string;
  /** As `sidenote token` prints it; empty until it is given. */
  readonly token: string;
  /** Id of the microphone; empty for the system's own choice. */
  readonly microphone: string;
  readonly echoCancellation: boolean;
  readonly noiseSuppression: boolean;
  readonly autoGain: boolean;
  /** The record button is held while one talks, or starts and stops listening at a click. */
  readonly mode: "ptt" | "hands-free";
  /** What the video plays can't reach the microphone. */
  readonly headphones: boolean;
  readonly pauseWhileSpeaking: boolean;
  readonly overlays: boolean;
  /** Chips with the emoji that fit a remark, over the video. */
  readonly emoji: boolean;
  /** The server is told how long things took, and that something failed: never what was said. */
  readonly telemetry: boolean;
  /** Sound goes out as Opus, a tenth of the bytes; for slow connections. */
  readonly opus: boolean;
  readonly theme: Theme;
  /** Sites on which nothing is looked for. */
  readonly offSites: readonly string[];
}

export const DEFAULTS: Settings = {
  server: "http://127.0.0.1:8765",
  token: "",
  microphone: "",
  echoCancellation: true,
  noiseSuppression: true,
  autoGain: true,
  mode: "ptt",
  headphones: false,
  pauseWhileSpeaking: false,
  overlays: true,
  emoji: false,
  telemetry: true,
  opus: false,
  theme: "system",
  offSites: [],
};

/** The settings in what was stored; a field that is missing or wrong has its default. */
export function settingsOf(stored: unknown): Settings {
  const given: Readonly<Record<string, unknown>> = isRecord(stored) ? stored : {};
  return {
    server: serverAddress(text(given["server"]))?.server ?? DEFAULTS.server,
    token: text(given["token"]),
    microphone: text(given["microphone"]),
    echoCancellation: flag(given["echoCancellation"], DEFAULTS.echoCancellation),
    noiseSuppression: flag(given["noiseSuppression"], DEFAULTS.noiseSuppression),
    autoGain: flag(given["autoGain"], DEFAULTS.autoGain),
    mode: given["mode"] === "hands-free" ? "hands-free" : "ptt",
    headphones: flag(given["headphones"], DEFAULTS.headphones),
    pauseWhileSpeaking: flag(given["pauseWhileSpeaking"], DEFAULTS.pauseWhileSpeaking),
    overlays: flag(given["overlays"], DEFAULTS.overlays),
    emoji: flag(given["emoji"], DEFAULTS.emoji),
    telemetry: flag(given["telemetry"], DEFAULTS.telemetry),
    opus: flag(given["opus"], DEFAULTS.opus),
    theme: given["theme"] === "light" || given["theme"] === "dark" ? given["theme"] : "system",
    offSites: Array.isArray(given["offSites"]) ? given["offSites"].filter((site) => typeof site === "string") : [],
  };
}

function isRecord(value: unknown): value is Readonly<Record<string, unknown>> {
  return typeof value === "object" && value !== null;
}

function text(value: unknown): string {
  return typeof value === "string" ? value.trim() : "";
}

function flag(value: unknown, otherwise: boolean): boolean {
  return typeof value === "boolean" ? value : otherwise;
}
