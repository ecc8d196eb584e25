// extension/src/content/link.ts: what a page tells, whom, and from when on.

import { describe, expect, it, vi } from "vitest";
import { linkOf, type PagePort } from "../../../extension/src/content/link";
import type { FromPage, ToPage, VideoDescription } from "../../../extension/src/content/messages";
import type { PageStanding, ToBackground } from "../../../extension/src/parts/messages";
import type { Subject } from "../../../extension/src/parts/subject";
import type { BackPagePort, OverPagePort } from "../../../extension/src/talk/messages";

const VIDEO: VideoDescription = { platform: "vimeo", external_id: "76979871", url: "https://vimeo.com/76979871" };
const SUBJECT: Subject = { sessionId: "review-1", video: { ...VIDEO }, tabId: 4, windowId: 1 };
const OTHER: Subject = { ...SUBJECT, sessionId: "review-2" };
const FOUND: FromPage = { type: "video_found", video: VIDEO };
const ANOTHER: FromPage = { type: "video_changed", video: VIDEO, what: "video" };
const QUESTION = { type: "confirm_note", note_id: "n1", revision: 2 } as const;

function clock(media_s: number): FromPage & { type: "clock" } {
  return { type: "clock", sample: { wall_ms: 1000, media_s, rate: 1, paused: false }, audible: true };
}

/** Where messages over one port go, and what comes back. */
class Wire {
  readonly posted: OverPagePort[] = [];
  readonly port: PagePort;
  closed = false;
  say: (message: BackPagePort) => void = () => undefined;
  lose: () => void = () => undefined;

  constructor() {
    this.port = {
      post: (message) => this.posted.push(message),
      close: () => {
        this.closed = true;
      },
      onMessage: (listener) => {
        this.say = listener;
      },
      onLost: (listener) => {
        this.lose = listener;
      },
    };
  }
}

/** A page whose messages to the service worker are answered by hand, in the order in which they were sent. */
class Rig {
  readonly told: ToBackground[] = [];
  readonly wires: Wire[] = [];
  readonly received: ToPage[] = [];
  readonly answers: ((standing: PageStanding | undefined) => void)[] = [];
  readonly orphaned = vi.fn();
  alive = true;
  readonly link = linkOf(
    {
      isThere: () => this.alive,
      tell: (message) => {
        this.told.push(message);
        return new Promise((resolve) => this.answers.push(resolve));
      },
      connect: () => {
        const wire = new Wire();
        this.wires.push(wire);
        return wire.port;
      },
    },
    (message) => this.received.push(message),
    this.orphaned,
  );

  async answer(subject: Subject | null, engaged: boolean): Promise<void> {
    this.answers.shift()?.({ subject, engaged });
    await new Promise((resolve) => setImmediate(resolve));
  }

  get wire(): Wire {
    const wire = this.wires.at(-1);
    if (!wire) throw new Error("no port was opened");
    return wire;
  }
}

describe("a tab on which nobody uses Sidenote", () => {
  it("tells the service worker alone which video there is, and keeps its clock to itself", async () => {
    const rig = new Rig();
    rig.link.ports.send(FOUND);
    await rig.answer(SUBJECT, false);
    rig.link.ports.send(clock(3));
    expect(rig.told).toEqual([{ to: "background", type: "page", message: FOUND }]);
    expect(rig.wires).toEqual([]);
    expect(await rig.link.ports.ask(QUESTION)).toEqual({ ok: false, message: expect.stringContaining("side panel") });
  });

  it("speaks once a person does, from where the clock stands now", async () => {
    const rig = new Rig();
    rig.link.ports.send(FOUND);
    rig.link.ports.send(clock(3));
    await rig.answer(SUBJECT, false);
    rig.link.ports.send(clock(4));
    rig.link.attend(SUBJECT);
    rig.link.ports.send(clock(5));
    expect(rig.wire.posted).toEqual([{ type: "about", subject: SUBJECT }, clock(4), clock(5)]);
  });

  it("opens one port however often it is asked to attend", () => {
    const rig = new Rig();
    rig.link.attend(SUBJECT);
    rig.link.attend(SUBJECT);
    expect(rig.wires.length).toBe(1);
  });
});

describe("a tab that is used", () => {
  it("speaks by itself when its page is loaded again", async () => {
    const rig = new Rig();
    rig.link.ports.send(FOUND);
    rig.link.ports.send(clock(3));
    await rig.answer(SUBJECT, true);
    expect(rig.wire.posted).toEqual([{ type: "about", subject: SUBJECT }, clock(3)]);
  });

  it("gives no clock of one video for another's", async () => {
    const rig = new Rig();
    rig.link.attend(SUBJECT);
    rig.link.ports.send(clock(60));
    rig.link.ports.send(ANOTHER);
    rig.link.ports.send(clock(0));
    expect(rig.wire.posted.slice(1)).toEqual([clock(60), { type: "about", subject: null }]);
    await rig.answer(OTHER, true);
    expect(rig.wire.posted.slice(3)).toEqual([{ type: "about", subject: OTHER }, clock(0)]);
  });

  it("goes by the answer to what it said last", async () => {
    const rig = new Rig();
    rig.link.attend(SUBJECT);
    rig.link.ports.send(ANOTHER);
    rig.link.ports.send({ type: "video_gone" });
    await rig.answer(OTHER, true);
    rig.link.ports.send(clock(9));
    expect(rig.wire.posted.at(-1)).toEqual({ type: "about", subject: null });
    await rig.answer(null, true);
    expect(rig.wire.posted.some(({ type }) => type === "clock")).toBe(false);
  });

  it("keeps its clock going while more becomes known of its video", async () => {
    const rig = new Rig();
    rig.link.attend(SUBJECT);
    rig.link.ports.send({ type: "video_changed", video: { ...VIDEO, title: "Tree" }, what: "details" });
    rig.link.ports.send(clock(5));
    expect(rig.wire.posted.slice(1)).toEqual([clock(5)]);
    const described = { ...SUBJECT, video: { ...VIDEO, title: "Tree" } };
    await rig.answer(described, true);
    expect(rig.wire.posted[2]).toEqual({ type: "about", subject: described });
  });

  it("says nothing of its clock after its port is lost, until it is attended to again", () => {
    const rig = new Rig();
    rig.link.attend(SUBJECT);
    const [first] = rig.wires;
    first?.lose();
    rig.link.ports.send(clock(5));
    expect(first?.posted).toEqual([{ type: "about", subject: SUBJECT }]);
    rig.link.attend(SUBJECT);
    expect(rig.wire.posted).toEqual([{ type: "about", subject: SUBJECT }, clock(5)]);
    expect(rig.wires.length).toBe(2);
  });

  it("says goodbye when its document goes, and speaks again when it comes back", async () => {
    const rig = new Rig();
    rig.link.attend(SUBJECT);
    rig.link.hide();
    expect([rig.told.at(-1), rig.wire.closed]).toEqual([
      { to: "background", type: "page", message: { type: "video_gone" } },
      true,
    ]);
    await rig.answer(null, true);
    rig.link.ports.send(FOUND);
    await rig.answer(SUBJECT, true);
    expect(rig.wire.posted).toEqual([{ type: "about", subject: SUBJECT }]);
    expect(rig.wires.length).toBe(2);
  });

  it("obeys what comes over the port", () => {
    const rig = new Rig();
    rig.link.attend(SUBJECT);
    const message = { type: "player_command", command: { action: "pause" } } as const;
    rig.wire.say({ type: "to_page", message });
    expect(rig.received).toEqual([message]);
  });
});

describe("questions", () => {
  it("have the answers that were given to them, in whatever order these come", async () => {
    const rig = new Rig();
    rig.link.attend(SUBJECT);
    const answers = [rig.link.ports.ask(QUESTION), rig.link.ports.ask({ ...QUESTION, type: "scratch_note" })];
    rig.wire.say({ type: "answer", id: 2, answer: { ok: false, message: "It is gone." } });
    rig.wire.say({ type: "answer", id: 1, answer: { ok: true } });
    rig.wire.say({ type: "answer", id: 1, answer: { ok: false, message: "too late" } });
    expect(await Promise.all(answers)).toEqual([{ ok: true }, { ok: false, message: "It is gone." }]);
  });

  it("end with a sentence when nobody answers", async () => {
    vi.useFakeTimers();
    try {
      const rig = new Rig();
      rig.link.attend(SUBJECT);
      const answer = rig.link.ports.ask(QUESTION);
      vi.advanceTimersByTime(10_000);
      expect(await answer).toEqual({ ok: false, message: expect.stringContaining("did not answer") });
    } finally {
      vi.useRealTimers();
    }
  });

  it("end with a sentence when the port is lost", async () => {
    const rig = new Rig();
    rig.link.attend(SUBJECT);
    const answer = rig.link.ports.ask(QUESTION);
    rig.wire.lose();
    expect(await answer).toEqual({ ok: false, message: expect.stringContaining("isn't connected") });
  });
});

describe("a script whose extension was reloaded", () => {
  it.each<[string, (rig: Rig) => unknown]>([
    ["when the clock goes on", ({ link }) => link.ports.send(clock(5))],
    ["when the video changes", ({ link }) => link.ports.send(ANOTHER)],
    ["at a question", ({ link }) => link.ports.ask(QUESTION)],
    ["when its port is lost", ({ wire }) => wire.lose()],
    ["when its document goes", ({ link }) => link.hide()],
  ])("ends %s, and says nothing more", (_when, act) => {
    const rig = new Rig();
    rig.link.attend(SUBJECT);
    rig.alive = false;
    act(rig);
    expect(rig.orphaned).toHaveBeenCalled();
    expect([rig.told, rig.wire.posted.length]).toEqual([[], 1]);
  });

  it("ends when the worker answers nothing because it is gone", async () => {
    const rig = new Rig();
    rig.link.ports.send(FOUND);
    rig.alive = false;
    await rig.answer(SUBJECT, true);
    expect(rig.orphaned).toHaveBeenCalled();
    expect(rig.wires).toEqual([]);
  });
});
