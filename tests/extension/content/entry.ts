// What tab.py calls in a page: the content script's parts with ports that only remember.

import { accompany, type Companion } from "../../../extension/src/content/companion";
import type { FromPage, PageAnswer, PageQuestion, PageSettings, ToPage } from "../../../extension/src/content/messages";
import { placeOf } from "../../../extension/src/sites/catalogue";

interface Truth {
  readonly wall_ms: number;
  readonly media_s: number;
}

class UnderTest extends EventTarget {
  readonly told: FromPage[] = [];
  readonly asked: PageQuestion[] = [];
  readonly truth: Truth[] = [];
  answer: PageAnswer = { ok: true };
  companion: Companion | null = null;

  start(practice: string | null = null, settings?: PageSettings): void {
    const ports = {
      send: (message: FromPage) => {
        this.told.push(message);
        this.dispatchEvent(new Event("told"));
      },
      ask: async (question: PageQuestion) => {
        this.asked.push(question);
        return this.answer;
      },
    };
    this.companion = accompany(window, ports, { practice, shadow: "open", ...(settings ? { settings } : {}) });
  }

  receive(message: ToPage): unknown {
    return this.companion?.receive(message);
  }

  /** Waits until messages of these types have come, besides the clock's, and returns all of them. */
  async until(count: number): Promise<readonly FromPage[]> {
    const others = (): readonly FromPage[] => this.told.filter(({ type }) => type !== "clock");
    while (others().length < count) {
      await new Promise((resolve) => this.addEventListener("told", resolve, { once: true }));
    }
    return others();
  }

  /** Notes each frame where the player really is, until a signal ends it. */
  watch(video: HTMLVideoElement, until: AbortSignal): void {
    const note = (): void => {
      const media_s = video.currentTime;
      this.truth.push({ wall_ms: performance.timeOrigin + performance.now(), media_s });
      if (!until.aborted) requestAnimationFrame(note);
    };
    note();
  }

  places(addresses: readonly string[], practice: string): unknown {
    return addresses.map((address) => {
      const place = placeOf(address, practice);
      return place && [place.site.platform, place.externalId, place.url];
    });
  }
}

Object.assign(globalThis, { sidenote: new UnderTest() });
