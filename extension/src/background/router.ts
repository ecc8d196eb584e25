// Who may ask the service worker for what, and who answers. Only the extension's own pages hear what a person has set.

import type { ToBackground } from "../parts/messages";
import { settingsStore } from "../parts/store";
import { recordingIs } from "./recording";
import { engage, type Place, pageSaid, subjectInUse } from "./tabs";
import { pageStart, world } from "./world";

type Sender = chrome.runtime.MessageSender;
type Respond = (answer: unknown) => void;

/** True where the answer comes later. */
export function onMessage(message: ToBackground, sender: Sender, respond: Respond): boolean {
  if (message.to !== "background") return false;
  const place = placeOf(sender);
  const answer = place === null ? toPart(message, sender) : toPage(message, place, sender);
  if (answer === null) return false;
  answer.then(respond, () => respond(undefined));
  return true;
}

/** A content script: it may be under a page's control. */
function toPage(message: ToBackground, place: Place, sender: Sender): Promise<unknown> | null {
  switch (message.type) {
    case "hello":
      return pageStart(sender.url ?? "");
    case "page":
      return pageSaid(message.message, place);
    default:
      return null;
  }
}

function toPart(message: ToBackground, sender: Sender): Promise<unknown> | null {
  if (sender.origin !== location.origin) return null;
  switch (message.type) {
    case "engage":
      return engage(message.tabId);
    case "world":
      return world();
    case "subject":
      return subjectInUse(message.tabId);
    case "token":
      return settingsStore.write({ token: message.token });
    case "recording":
      return recordingIs(message.recording);
    default:
      return null;
  }
}

/** Null for the extension's own pages, also in a tab. */
function placeOf({ tab, documentId, origin, url = "" }: Sender): Place | null {
  if (origin === location.origin || tab?.id === undefined || documentId === undefined) return null;
  return { tab: { ...tab, id: tab.id }, documentId, address: url };
}
