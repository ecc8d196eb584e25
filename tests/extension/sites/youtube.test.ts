// @vitest-environment happy-dom
// extension/src/sites/youtube.ts: what its long-lived page says of the video of now, and nothing of the one before.

import { beforeEach, describe, expect, it } from "vitest";
import { youtube } from "../../../extension/src/sites/youtube";

const ID = "aqz-KE-bpKQ";

function chapter(id: string, time: string, title: string): string {
  return `<ytd-macro-markers-list-item-renderer><a href="/watch?v=${id}&t=1s">
    <div id="details"><h4 title="${title}">${title}</h4><div id="time">${time}</div></div></a>
  </ytd-macro-markers-list-item-renderer>`;
}

function showPage(shownId: string): HTMLVideoElement {
  document.title = "(2) Big Buck Bunny - YouTube";
  document.body.innerHTML = `<ytd-watch-flexy video-id="${shownId}">
    <div id="movie_player" class="html5-video-player"><video></video><div class="ytp-progress-bar"></div></div>
    ${chapter(ID, "1:15", "The  butterfly")}${chapter(ID, "0:00", "Waking")}${chapter(ID, "1:15", "The butterfly")}
    ${chapter("another-one", "0:30", "Of another video")}${chapter(ID, "later", "Without a time")}
  </ytd-watch-flexy>`;
  const video = document.querySelector("video");
  if (video === null) throw new Error("no video");
  return video;
}

describe("the page of one video", () => {
  let video: HTMLVideoElement;
  beforeEach(() => {
    video = showPage(ID);
  });

  it("has chapters in the order of the video, each once", () => {
    expect(youtube.chapters(document, video, ID)).toEqual([
      { title: "Waking", start: 0 },
      { title: "The  butterfly", start: 75 },
    ]);
  });

  it("has a title without what YouTube adds", () => {
    expect(youtube.title(document, ID)).toBe("Big Buck Bunny");
  });

  it("has its player and its bar", () => {
    expect(youtube.player(document)).toBe(video);
    expect(youtube.progressBar(video)?.className).toBe("ytp-progress-bar");
  });
});

it("says no title while the page still shows the video before", () => {
  showPage("the-one-before");
  expect(youtube.title(document, ID)).toBe("");
});

it("says no length while an advertisement is shown", () => {
  const video = showPage(ID);
  Object.defineProperty(video, "duration", { value: 634.5 });
  expect([youtube.interrupted(video), youtube.durationS(video)]).toEqual([false, 634.5]);
  video.parentElement?.classList.add("ad-showing");
  expect([youtube.interrupted(video), youtube.durationS(video)]).toEqual([true, null]);
});
