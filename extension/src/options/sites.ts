// The sites that Sidenote knows, and what a person may write as one. Pure.

import { isOff } from "../parts/offsites";

export interface Site {
  readonly host: string;
  readonly name: string;
}

export const SITES: readonly Site[] = [
  { host: "youtube.com", name: "YouTube" },
  { host: "vimeo.com", name: "Vimeo" },
  { host: "twitch.tv", name: "Twitch" },
  { host: "frame.io", name: "Frame.io" },
];

export function isOn({ host }: Site, offSites: readonly string[]): boolean {
  return !isOff(`https://${host}/`, offSites);
}

/** Switched on again, whatever was written to switch it off. */
export function withSite({ host }: Site, on: boolean, offSites: readonly string[]): readonly string[] {
  const others = offSites.filter((site) => !isOff(`https://${host}/`, [site]));
  return on ? others : [...others, host];
}

/** The host in what was typed or pasted, without www; null where there is none. */
export function hostOf(typed: string): string | null {
  const trimmed = typed.trim();
  const address = /^https?:\/\//i.test(trimmed) ? trimmed : `https://${trimmed}`;
  const host = URL.canParse(address) ? new URL(address).hostname.replace(/^www\./, "") : "";
  return /^[\w-]+(\.[\w-]+)+$/.test(host) || host === "localhost" ? host : null;
}
