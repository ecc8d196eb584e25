// Between what goes along with a page and the rest of the extension. Until a person uses Sidenote on this tab, the
// service worker alone is told which video there is; only then a port to the offscreen document carries the clock.

import type { PageStanding, ToBackground } from "../parts/messages";
import type { Subject } from "../parts/subject";
import type { BackPagePort, OverPagePort } from "../talk/messages";
import type { FromPage, PageAnswer, PagePorts, ToPage } from "./messages";

/** What the browser lends a content script. */
export interface Lent {
  /** False once the extension was updated, reloaded or removed: nothing can be said any more. */
  readonly isThere: () => boolean;
  readonly tell: (message: ToBackground) => Promise<unknown>;
  readonly connect: () => PagePort;
}

export interface PagePort {
  readonly post: (message: OverPagePort) => void;
  readonly close: () => void;
  readonly onMessage: (listener: (message: BackPagePort) => void) => void;
  /** Called when the other side has gone. */
  readonly onLost: (listener: () => void) => void;
}

export interface Link {
  readonly ports: PagePorts;
  readonly attend: (subject: Subject) => void;
  /** The document goes, perhaps to come back. */
  readonly hide: () => void;
}

const ANSWERED_WITHIN_MS = 10_000;
const NOT_CONNECTED: PageAnswer = {
  ok: false,
  message: "Sidenote isn't connected to this page. Open its side panel, then try again.",
};
const NO_ANSWER: PageAnswer = { ok: false, message: "Sidenote's server did not answer. Try again." };

/** `orphaned` is called when nothing can be said any more. */
export function linkOf(lent: Lent, receive: (message: ToPage) => void, orphaned: () => void): Link {
  let port: PagePort | null = null;
  let about: Subject | null = null;
  let newest: ClockMessage | null = null; // of the video there is
  let told = 0;
  let asked = 0;
  const waiting = new Map<number, (answer: PageAnswer) => void>();

  const settleAll = (): void => {
    for (const settle of waiting.values()) settle(NOT_CONNECTED);
  };

  const isThere = (): boolean => {
    if (lent.isThere()) return true;
    port = null;
    settleAll();
    orphaned();
    return false;
  };

  const speakAbout = (subject: Subject | null): void => {
    about = subject;
    port?.post({ type: "about", subject });
    if (subject !== null && newest !== null) port?.post(newest);
  };

  const open = (): void => {
    if (port !== null) return;
    const opened = lent.connect();
    port = opened;
    opened.onMessage((message) => {
      if (message.type === "to_page") receive(message.message);
      else waiting.get(message.id)?.(message.answer);
    });
    opened.onLost(() => {
      if (port === opened) port = null;
      settleAll();
      isThere();
    });
  };

  const tell = async (message: Exclude<FromPage, ClockMessage>): Promise<void> => {
    told += 1;
    const turn = told;
    const answer = await lent.tell({ to: "background", type: "page", message }).catch(() => null);
    if (turn !== told || !isThere()) return; // what was told later is answered later
    const { subject, engaged } = (answer ?? { subject: null, engaged: false }) as PageStanding;
    if (engaged && subject !== null) open();
    speakAbout(subject);
  };

  return {
    ports: {
      send(message) {
        if (!isThere()) return;
        if (message.type === "clock") {
          newest = message;
          if (about !== null) port?.post(message);
          return;
        }
        if (isAnother(message)) {
          newest = null;
          speakAbout(null); // until it is known whose clock this is
        }
        void tell(message);
      },

      ask(question) {
        if (!isThere() || port === null) return Promise.resolve(NOT_CONNECTED);
        asked += 1;
        const id = asked;
        port.post({ type: "question", id, question });
        return new Promise((resolve) => {
          const timer = setTimeout(() => waiting.get(id)?.(NO_ANSWER), ANSWERED_WITHIN_MS);
          waiting.set(id, (answer) => {
            clearTimeout(timer);
            waiting.delete(id);
            resolve(answer);
          });
        });
      },
    },

    attend(subject) {
      open();
      speakAbout(subject);
    },

    hide() {
      if (!isThere()) return;
      speakAbout(null);
      void tell({ type: "video_gone" });
      port?.close();
      port = null;
      settleAll();
    },
  };
}

type ClockMessage = Extract<FromPage, { readonly type: "clock" }>;

function isAnother(message: Exclude<FromPage, ClockMessage>): boolean {
  return message.type !== "video_changed" || message.what === "video";
}
