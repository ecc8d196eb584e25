// The offscreen document, where the microphone and the connection of its audio live: made when a person first uses
// Sidenote on a tab; it closes itself when nobody is connected and nothing is owed. The browser has at most one.

import type { ToOffscreen } from "../parts/messages";
import { inTurn } from "../parts/turns";

const PAGE = "offscreen.html";
const WHY = "Hears what you say while you hold the key or have the microphone on, so that it becomes a note.";

const turn = inTurn();

export async function isThere(): Promise<boolean> {
  const documentUrls = [chrome.runtime.getURL(PAGE)];
  const contexts = await chrome.runtime.getContexts({ contextTypes: ["OFFSCREEN_DOCUMENT"], documentUrls });
  return contexts.length > 0;
}

/** It listens when this is done. */
export function ensure(): Promise<void> {
  return turn(async () => {
    if (await isThere()) return;
    await chrome.offscreen.createDocument({ url: PAGE, reasons: ["USER_MEDIA"], justification: WHY });
  });
}

/** Does nothing where it isn't there. */
export async function tell(message: ToOffscreen): Promise<void> {
  if (await isThere()) await chrome.runtime.sendMessage(message).catch(() => undefined); // it closed meanwhile
}
