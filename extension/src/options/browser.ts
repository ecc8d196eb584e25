// The browser's part of the options: its devices, permissions, keys and pages.

import { openPage } from "../setup/pages";
import type { Devices, EverySite, Shortcut } from "./host";

const EVERY_SITE = { origins: ["*://*/*"] };

const COMMANDS: Readonly<Record<string, string>> = { _execute_action: "Open the popup" };

export const devices: Devices = {
  async list() {
    const all = (await navigator.mediaDevices?.enumerateDevices()) ?? [];
    return all
      .filter(({ kind, deviceId }) => kind === "audioinput" && deviceId !== "default" && deviceId !== "communications")
      .map(({ deviceId, label }) => ({ id: deviceId, label }));
  },
  watch(listener) {
    navigator.mediaDevices?.addEventListener("devicechange", listener);
    return () => navigator.mediaDevices?.removeEventListener("devicechange", listener);
  },
};

export const everySite: EverySite = {
  has: () => chrome.permissions.contains(EVERY_SITE),
  ask: () => chrome.permissions.request(EVERY_SITE),
  giveBack: () => chrome.permissions.remove(EVERY_SITE),
  watch(listener) {
    chrome.permissions.onAdded.addListener(listener);
    chrome.permissions.onRemoved.addListener(listener);
    return () => {
      chrome.permissions.onAdded.removeListener(listener);
      chrome.permissions.onRemoved.removeListener(listener);
    };
  },
};

export async function shortcuts(): Promise<readonly Shortcut[]> {
  const all = await chrome.commands.getAll();
  return all.map(({ name = "", description, shortcut = "" }) => ({
    name: COMMANDS[name] ?? description ?? name,
    keys: shortcut,
  }));
}

export function openShortcuts(): void {
  openPage("chrome://extensions/shortcuts");
}
