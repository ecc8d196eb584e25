// The pages on which somebody uses Sidenote, by tab: where their players stand, what is asked of them, and what their
// overlays ask. A page may be under a stranger's control: it speaks for its own tab alone, about the review that the
// service worker knows there, and never turns on the microphone.

import type { ClockSample } from "../content/clock";
import type { PageSettings } from "../content/messages";
import type { PlayerCommand } from "../content/player";
import type { Listener } from "../hub/followed";
import type { Observable } from "../hub/observable";
import type { Hub } from "../hub/socket";
import type { Settings } from "../parts/settings";
import type { Subject } from "../parts/subject";
import type { TabId } from "../parts/tabs";
import { inTurn } from "../parts/turns";
import { type Feed, openFeed } from "./feed";
import type { BackPagePort, OverPagePort } from "./messages";
import type { Port } from "./port";
import type { Studio } from "./studio";

export type PagePort = Port<OverPagePort, BackPagePort>;

/** What is reviewed on a tab; null where nobody uses Sidenote, and where no video is. */
export type SubjectOf = (tabId: TabId) => Promise<Subject | null>;

export interface PagesOptions {
  readonly hub: Observable<Hub>;
  readonly settings: Observable<Settings>;
  readonly studio: Pick<Studio, "clock">;
  readonly subjectOf: SubjectOf;
  /** Hears the sessions of all pages. */
  readonly listener?: Listener;
  /** A page came or went. */
  readonly onChange: () => void;
}

/** The players, by their reviews. */
export interface Players {
  position(sessionId: string): ClockSample | null;
  /** Calls back with each new position, null: nobody knows any more. Returns what ends it. */
  watch(listener: (sessionId: string, sample: ClockSample | null) => void): () => void;
  command(sessionId: string, command: PlayerCommand): void;
}

export interface Pages extends Players {
  readonly count: number;
  attend(tabId: TabId, port: PagePort): void;
  /** Nobody uses this review any more. */
  leave(sessionId: string): void;
}

interface Page {
  readonly port: PagePort;
  shown: { readonly subject: Subject; readonly feed: Feed } | null;
}

export function createPages(options: PagesOptions): Pages {
  const { hub, settings, studio, subjectOf, onChange } = options;
  const pages = new Map<TabId, Page>();
  const positions = new Map<string, ClockSample>();
  const watchers = new Set<(sessionId: string, sample: ClockSample | null) => void>();

  function tellPosition(sessionId: string, sample: ClockSample | null): void {
    if (sample) positions.set(sessionId, sample);
    else positions.delete(sessionId);
    for (const watcher of watchers) watcher(sessionId, sample);
  }

  function hide(page: Page): void {
    if (page.shown === null) return;
    const { subject, feed } = page.shown;
    page.shown = null;
    feed.close();
    tellPosition(subject.sessionId, null);
  }

  function show(page: Page, subject: Subject | null): void {
    if (subject !== null && subject.sessionId === page.shown?.subject.sessionId) {
      page.shown.feed.describe(subject);
      return;
    }
    hide(page);
    if (subject === null) return;
    const tell: Parameters<typeof openFeed>[0]["tell"] = (message) => page.port.send({ type: "to_page", message });
    const { listener } = options;
    page.shown = { subject, feed: openFeed({ hub, subject, tell, ...(listener ? { listener } : {}) }) };
    tell({ type: "settings", settings: pageSettings(settings.now) });
  }

  async function hear(page: Page, tabId: TabId, message: OverPagePort): Promise<void> {
    switch (message.type) {
      case "about": {
        const known = message.subject && (await subjectOf(tabId));
        if (pages.get(tabId) !== page) return; // it went meanwhile
        show(page, known?.sessionId === message.subject?.sessionId ? known : null);
        break;
      }
      case "clock":
        if (page.shown === null) return;
        studio.clock(page.shown.subject.sessionId, message.sample, message.audible);
        tellPosition(page.shown.subject.sessionId, message.sample);
        break;
      case "question":
        void answer(page, message);
    }
  }

  async function answer(page: Page, { id, question }: OverPagePort & { readonly type: "question" }): Promise<void> {
    const nobody = { ok: false, message: "This page shows no video any more." } as const;
    page.port.send({ type: "answer", id, answer: (await page.shown?.feed.answer(question)) ?? nobody });
  }

  function gone(tabId: TabId, page: Page): void {
    hide(page);
    if (pages.get(tabId) === page) pages.delete(tabId);
    onChange();
  }

  function of(sessionId: string): Page | undefined {
    return [...pages.values()].find(({ shown }) => shown?.subject.sessionId === sessionId);
  }

  settings.subscribe((next) => {
    const message = { type: "settings", settings: pageSettings(next) } as const;
    for (const { port, shown } of pages.values()) if (shown) port.send({ type: "to_page", message });
  });

  return {
    get count() {
      return pages.size;
    },
    attend(tabId, port) {
      const earlier = pages.get(tabId);
      if (earlier) {
        hide(earlier);
        earlier.port.close();
      }
      const page: Page = { port, shown: null };
      pages.set(tabId, page);
      onChange();
      const hearing = inTurn(); // a clock is of the video that was named before it
      port.listen(
        (message) => void hearing(() => hear(page, tabId, message)),
        () => gone(tabId, page),
      );
    },
    leave(sessionId) {
      const page = of(sessionId);
      if (page) hide(page);
    },
    position: (sessionId) => positions.get(sessionId) ?? null,
    watch(listener) {
      watchers.add(listener);
      return () => watchers.delete(listener);
    },
    command: (sessionId, command) =>
      of(sessionId)?.port.send({ type: "to_page", message: { type: "player_command", command } }),
  };
}

function pageSettings({ pauseWhileSpeaking, overlays, emoji }: Settings): PageSettings {
  return { pauseWhileSpeaking, overlays, emoji };
}
