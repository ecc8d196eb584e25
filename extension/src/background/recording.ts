// What the toolbar shows while the microphone is on, and which window hands-free listens in.

import { type Recording, recordingStore } from "../parts/store";
import type { TabId } from "../parts/tabs";
import { inTurn } from "../parts/turns";
import { isThere } from "./offscreen";

const COLOUR = "#b3261e"; // --record of look/tokens.css
const TITLE = "Sidenote is listening";

const turn = inTurn();

export async function recordingIs(recording: Recording): Promise<void> {
  await turn(() => recordingStore.write(recording));
  await chrome.action.setBadgeBackgroundColor({ color: COLOUR });
  await chrome.action.setBadgeText({ text: recording === null ? "" : "REC" });
  await chrome.action.setTitle({ title: recording === null ? titleOfManifest() : TITLE });
}

export async function isFollowing(windowId: number): Promise<boolean> {
  const recording = await recordingStore.read();
  return recording?.mode === "hands-free" && recording.windowId === windowId;
}

/** Hands-free goes with its tab into another window, null: it has left the one before. False for any other tab. */
export function carry(tabId: TabId, windowId: number | null): Promise<boolean> {
  return turn(async () => {
    const recording = await recordingStore.read();
    if (recording?.mode !== "hands-free" || recording.tabId !== tabId) return false;
    await recordingStore.write({ ...recording, windowId });
    return true;
  });
}

/** An offscreen document that broke off told nobody. */
export async function correctRecording(): Promise<void> {
  if ((await recordingStore.read()) !== null && !(await isThere())) await recordingIs(null);
}

function titleOfManifest(): string {
  return chrome.runtime.getManifest().action?.default_title ?? "";
}
