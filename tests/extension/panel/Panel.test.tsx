// @vitest-environment happy-dom
// extension/src/panel: the whole panel on a real connection to the real server, with a microphone that is scripted.

import { act } from "preact/test-utils";
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from "vitest";
import type { Hub } from "../../../extension/src/hub/socket";
import { Panel } from "../../../extension/src/panel/Panel";
import { commandsOf } from "../../../extension/src/review/commands";
import { openReview } from "../../../extension/src/review/review";
import { pageHub } from "../hub/page";
import { dataFolder, jot, type Server, startServer } from "../hub/server";
import { choose, click, key, mount, one, type, unmount } from "../ui/mount";
import { practice, scripted } from "./host";

const LIMIT_MS = 20_000;
const folder = dataFolder();
const hubs: Hub[] = [];
let server: Server;

beforeAll(async () => {
  server = await startServer(folder);
  await jot(folder, 3);
}, LIMIT_MS);

beforeEach(() => {
  vi.spyOn(HTMLElement.prototype, "offsetHeight", "get").mockReturnValue(80);
  vi.spyOn(HTMLElement.prototype, "clientHeight", "get").mockReturnValue(800);
});

afterEach(() => {
  unmount();
  for (const hub of hubs.splice(0)) hub.close();
});

afterAll(async () => {
  await server.kill();
  folder.remove();
});

function opened(
  address = server.address,
  ...more: Parameters<typeof scripted> extends [Hub, ...infer Rest] ? Rest : never
) {
  const hub = pageHub(address, server.token);
  hubs.push(hub);
  const [subject = practice(), settings = {}] = more;
  const all = scripted(hub, subject, { token: server.token, server: address, ...settings });
  mount(<Panel host={all.host} />);
  return all;
}

const shows = (words: string) => vi.waitFor(() => expect(document.body.textContent).toContain(words), LIMIT_MS);
const texts = () => [...document.querySelectorAll(".note-text")].map((each) => each.textContent);
const button = (name: string): HTMLElement => {
  const found = [...document.querySelectorAll<HTMLElement>("button")].find(
    (each) => each.textContent?.trim() === name || each.ariaLabel === name || each.getAttribute("aria-label") === name,
  );
  if (!found) throw new Error(`there is no button ${name}`);
  return found;
};
const tab = (name: string) => click(one(`#tab-${name}`));
const box = () => one<HTMLTextAreaElement>(".note-box textarea");

describe("notes", () => {
  it("are those of the video, by time, and can be written", { timeout: LIMIT_MS }, async () => {
    const { talk } = opened();
    await shows("Note 3");
    act(() => talk.position.set({ wall_ms: Date.now(), media_s: 61.2, rate: 1, paused: true }));
    type(box(), "The logo comes in too late");
    key(box(), "Enter");
    await shows("4 notes");
    expect(texts()).toEqual(["Note 1", "The logo comes in too late", "Note 2", "Note 3"]);
    expect(box().value).toBe("");
    expect(one("[aria-current=true] .note-text").textContent).toBe("The logo comes in too late");
    const first = document.querySelector<HTMLElement>(".note-time");
    if (first) click(first);
    expect(talk.command.mock.calls).toEqual([[{ action: "seek", to_s: 37 }]]);
  });

  it("can be filtered, and all shown again", { timeout: LIMIT_MS }, async () => {
    opened();
    await shows("Note 3");
    type(one<HTMLInputElement>("[type=search]"), "nothing like it");
    await shows("No note matches");
    click(button("Show all notes"));
    await shows("Note 3");
  });

  it("are exported as they are shown", { timeout: LIMIT_MS }, async () => {
    opened();
    await shows("Note 3");
    const made = vi.spyOn(URL, "createObjectURL").mockReturnValue("blob:a");
    const names: string[] = [];
    vi.spyOn(HTMLAnchorElement.prototype, "click").mockImplementation(function (this: HTMLAnchorElement) {
      names.push(this.download);
    });
    type(one<HTMLInputElement>("[type=search]"), "Note 2");
    await shows("1 of");
    click(button("Export"));
    const csv = [...document.querySelectorAll<HTMLElement>("[role=menuitem]")].find((item) =>
      /^CSV/.test(item.textContent ?? ""),
    );
    if (csv) click(csv);
    expect(names).toEqual(["Practice.csv"]);
    const blob = made.mock.calls[0]?.[0] as Blob;
    expect(
      (await blob.text())
        .split("\r\n")
        .slice(1)
        .map((line) => line.split(",")[3]),
    ).toEqual(["Note 2", undefined]);
  });

  it("that was typed waits while another video is shown", { timeout: LIMIT_MS }, async () => {
    const first = practice();
    const { host } = opened(server.address, first);
    await shows("Note 3");
    type(box(), "Half a no");
    act(() =>
      host.subject.set(
        practice({
          video: {
            ...first.video,
            external_id: "other",
            platform: "youtube",
            url: "https://www.youtube.com/watch?v=other",
          },
        }),
      ),
    );
    await vi.waitFor(() => expect(box().value).toBe(""));
    act(() => host.subject.set(first));
    await vi.waitFor(() => expect(box().value).toBe("Half a no"));
  });
});

describe("the microphone", () => {
  it("is toggled by the key, in the way that the settings have", { timeout: LIMIT_MS }, async () => {
    const { host, sent, say } = opened();
    await shows("Note 3");
    key(document, "k", { ctrlKey: true });
    act(() => say({ capture: "recording", mode: "ptt" }));
    key(document, "k", { metaKey: true });
    act(() => say({ capture: "off" }));
    act(() => host.save({ mode: "hands-free" }));
    key(document, "k", { ctrlKey: true });
    act(() => say({ capture: "recording", mode: "hands-free" }));
    act(() => host.save({ mode: "ptt" }));
    click(button("Talk"));
    expect(sent.map(({ type }) => type)).toEqual(["key_down", "key_up", "mic_on", "mic_off"]);
  });

  it("drops what was said on Esc, and only then", { timeout: LIMIT_MS }, async () => {
    const { sent, say } = opened();
    await shows("Note 3");
    expect(key(document, "Escape").defaultPrevented).toBe(false);
    act(() => say({ capture: "recording" }));
    expect(key(document, "Escape").defaultPrevented).toBe(true);
    expect(sent).toEqual([{ type: "cancel" }]);
  });

  it("says why it can't be used, and what to do", { timeout: LIMIT_MS }, async () => {
    const { host, say, sent } = opened();
    await shows("Note 3");
    act(() => say({ capture: "failed", failure: { reason: "refused", message: "Not allowed." } }));
    click(button("Allow the microphone"));
    expect(host.allowMicrophone).toHaveBeenCalledOnce();
    act(() => say({ failure: { reason: "in_use", message: "In use." } }));
    click(button("Try again"));
    expect(sent).toEqual([{ type: "retry" }]);
    act(() => say({ failure: null, problem: { id: "echo", message: "Use headphones." } }));
    click(button("Dismiss"));
    expect(document.body.textContent).not.toContain("Use headphones.");
  });

  it("pauses where no video is, and can be stopped there", { timeout: LIMIT_MS }, async () => {
    const { host, say, sent } = opened();
    await shows("Note 3");
    act(() => {
      host.subject.set(null);
      say({ capture: "paused", mode: "hands-free" });
    });
    await shows("Hands-free is paused: this tab shows no video.");
    click(button("Talk"));
    expect(sent).toEqual([{ type: "mic_off" }]);
  });
});

it("the library opens a video, and a note that was looked for at its second", { timeout: LIMIT_MS }, async () => {
  const { host } = opened();
  tab("library");
  await shows("Practice video ·");
  click(one(".library-line"));
  type(one<HTMLInputElement>(".library input"), "note 2");
  await vi.waitFor(() => expect(document.querySelector(".library-note")?.textContent).toContain("Note 2"), LIMIT_MS);
  const found = document.querySelector<HTMLElement>("[aria-label='Notes found'] .library-line");
  if (found) click(found);
  expect(host.openVideo.mock.calls.map(([video, atS]) => [video.platform, video.externalId, atS])).toEqual([
    ["practice", "practice", null],
    ["practice", "practice", 74],
  ]);
});

it("the agent's tab says how the session stands, and which keys there are", { timeout: LIMIT_MS }, async () => {
  opened();
  tab("agent");
  await shows("Nothing said yet");
  expect(one(".session-info").textContent).toContain("Off, hold to talk");
  expect(one(".key-hints").textContent).toContain("Drop what was just said");
});

it("without a server says so, and what to do", { timeout: LIMIT_MS }, async () => {
  const { host } = opened("http://127.0.0.1:9");
  await shows("The server can't be reached.");
  await shows("The notes of this video come when the server is there again.");
  click(button("Open options"));
  expect(host.openOptions).toHaveBeenCalledOnce();
});

it("without a video says so, and takes no note", { timeout: LIMIT_MS }, async () => {
  const { host } = opened();
  act(() => host.subject.set(null));
  await shows("No video here");
  expect(document.querySelector(".note-box")).toBeNull();
  expect(document.body.textContent).toContain("No video to speak about");
});

it("has the colours of the settings", { timeout: LIMIT_MS }, async () => {
  const { host } = opened();
  act(() => host.save({ theme: "dark" }));
  expect(document.documentElement.getAttribute("data-theme")).toBe("dark");
  act(() => host.save({ theme: "system" }));
  expect(document.documentElement.hasAttribute("data-theme")).toBe(false);
});

it("notes are filtered by their status", { timeout: LIMIT_MS }, async () => {
  opened();
  await shows("Note 3");
  const [, status] = document.querySelectorAll<HTMLSelectElement>(".filters select");
  if (status) choose(status, "posted");
  await shows("No note matches");
});

describe("the library", () => {
  const waiting = (words: string) =>
    vi.waitFor(() => expect(document.querySelector(".library .empty")?.textContent).toContain(words), LIMIT_MS);

  it("says that nobody is signed in, and where to", { timeout: LIMIT_MS }, async () => {
    const { host } = opened(server.address, practice(), { token: "" });
    tab("library");
    await waiting("You are not signed in.");
    click(one(".library .empty button"));
    expect(host.openOptions).toHaveBeenCalledOnce();
  });

  it("says that the server is away", { timeout: LIMIT_MS }, async () => {
    opened("http://127.0.0.1:9");
    tab("library");
    await waiting("The server can't be reached.");
  });

  it("counts notes that keep coming", { timeout: LIMIT_MS }, async () => {
    const { host } = opened();
    const review = openReview(host.hub.now, practice(), "test");
    tab("library");
    await shows("Practice video ·");
    const line = one(".library-line").textContent;
    for (let nth = 0; nth < 30 && one(".library-line").textContent === line; nth++) {
      const typed = { text: `Scene ${nth}`, category: "other", timestamp_s: nth };
      expect(await commandsOf(review).write(typed, "keep", crypto.randomUUID())).toBeNull();
      await new Promise((resolve) => setTimeout(resolve, 100)); // ten in the time in which the list waits for more
    }
    review.close();
    expect(one(".library-line").textContent).not.toBe(line);
  });
});
