// Finds the video of a page and follows it: through navigation inside the page, through replaced elements, into frames
// of the same origin. Nothing is polled: it looks again after events, and never more often than each LOOK_EACH_MS.

import type { Chapter, Cue } from "../sites/adapter";
import type { Place } from "../sites/catalogue";
import { looksOf, meant } from "./candidates";
import { type Root, searchPage } from "./roots";

/** What is known of a video apart from its pictures. */
export interface VideoDetails {
  readonly title: string;
  readonly durationS: number | null;
  readonly chapters: readonly Chapter[];
  readonly cues: readonly Cue[];
}

export interface FollowedVideo {
  readonly place: Place;
  readonly element: HTMLVideoElement;
  readonly details: VideoDetails;
}

/** `what` is new: another video, another element that shows the same one, or more that is known of it. */
export type FollowEvent =
  | { readonly type: "video_found"; readonly video: FollowedVideo }
  | { readonly type: "video_changed"; readonly video: FollowedVideo; readonly what: "video" | "element" | "details" }
  | { readonly type: "video_gone" };

export interface Following {
  current(): FollowedVideo | null;
  stop(): void;
}

const LOOK_EACH_MS = 250;
const NAVIGATION = ["popstate", "hashchange", "pageshow"];
const SITE_NAVIGATION = ["yt-navigate-finish", "yt-page-data-updated"];
/** They don't bubble, but are seen on their way down. `load`: of a frame. */
const MEDIA = ["play", "playing", "pause", "loadedmetadata", "durationchange", "emptied", "resize", "load"];

/** The first look comes soon, and after this has returned. */
export function follow(
  page: Window,
  placeOf: (address: string) => Place | null,
  tell: (event: FollowEvent) => void,
): Following {
  const { document } = page;
  let current: FollowedVideo | null = null;
  let lastLookMs = Number.NEGATIVE_INFINITY;
  let timer: ReturnType<typeof setTimeout> | null = null;
  const watched = new Map<Root, AbortController>();
  const ending = new AbortController();

  const look = (): void => {
    timer = null;
    lastLookMs = performance.now();
    const { videos, roots } = searchPage(document);
    watch(roots);
    const before = current;
    current = found(videos);
    const event = difference(before, current);
    if (event !== null) tell(event);
  };

  const lookSoon = (): void => {
    timer ??= setTimeout(look, Math.max(0, lastLookMs + LOOK_EACH_MS - performance.now()));
  };

  const found = (videos: readonly HTMLVideoElement[]): FollowedVideo | null => {
    const place = placeOf(document.location.href);
    const element = place === null ? null : (shown(place.site.player(document)) ?? pick(videos));
    return place === null || element === null ? null : describe(document, place, element);
  };

  const pick = (videos: readonly HTMLVideoElement[]): HTMLVideoElement | null => {
    const known = current === null ? -1 : videos.indexOf(current.element);
    return videos[meant(videos.map(looksOf), known)] ?? null;
  };

  const watch = (roots: readonly Root[]): void => {
    for (const [root, watching] of watched) {
      if (roots.includes(root)) continue;
      watching.abort();
      watched.delete(root);
    }
    for (const root of roots) {
      if (!watched.has(root)) watched.set(root, watchRoot(root, lookSoon));
    }
  };

  const { signal } = ending;
  for (const name of NAVIGATION) page.addEventListener(name, lookSoon, { signal });
  for (const name of SITE_NAVIGATION) document.addEventListener(name, lookSoon, { signal });
  navigationOf(page)?.addEventListener("currententrychange", lookSoon, { signal });
  lookSoon();
  return {
    current: () => current,
    stop() {
      ending.abort();
      for (const watching of watched.values()) watching.abort();
      if (timer !== null) clearTimeout(timer);
      timer = null;
    },
  };
}

/** Look again when elements come or go in a tree, or one of its players does something. */
function watchRoot(root: Root, lookSoon: () => void): AbortController {
  const watching = new AbortController();
  const observer = new MutationObserver((records) => {
    if (records.some(matters)) lookSoon();
  });
  observer.observe(root, { childList: true, subtree: true });
  watching.signal.addEventListener("abort", () => observer.disconnect());
  for (const name of MEDIA) {
    root.addEventListener(name, lookSoon, { capture: true, passive: true, signal: watching.signal });
  }
  return watching;
}

const ENOUGH = 50; // of one change: where so many came at once, one of them is an element

/** Whether elements came or went, or the page took another title. Text alone changes all the time. */
function matters({ target, addedNodes, removedNodes }: MutationRecord): boolean {
  return target.nodeName === "TITLE" || hasElement(addedNodes) || hasElement(removedNodes);
}

function hasElement(nodes: NodeList): boolean {
  return nodes.length > ENOUGH || Array.from(nodes).some((node) => node.nodeType === 1);
}

function shown(video: HTMLVideoElement | null): HTMLVideoElement | null {
  return video !== null && looksOf(video).areaPx > 0 ? video : null;
}

/** Where the browser has no Navigation API, `popstate` and the page's own changes have to do. */
function navigationOf(page: Window): EventTarget | null {
  return "navigation" in page && page.navigation instanceof EventTarget ? page.navigation : null;
}

function describe(page: Document, place: Place, element: HTMLVideoElement): FollowedVideo {
  const { site, externalId } = place;
  return {
    place,
    element,
    details: {
      title: site.title(page, externalId),
      durationS: site.durationS(element),
      chapters: site.chapters(page, element, externalId),
      cues: site.cues(element),
    },
  };
}

function difference(before: FollowedVideo | null, now: FollowedVideo | null): FollowEvent | null {
  if (now === null) return before === null ? null : { type: "video_gone" };
  if (before === null) return { type: "video_found", video: now };
  const samePlace = before.place.site.platform === now.place.site.platform;
  if (!samePlace || before.place.externalId !== now.place.externalId) {
    return { type: "video_changed", video: now, what: "video" };
  }
  if (before.element !== now.element) return { type: "video_changed", video: now, what: "element" };
  return sameDetails(before.details, now.details) ? null : { type: "video_changed", video: now, what: "details" };
}

function sameDetails(one: VideoDetails, other: VideoDetails): boolean {
  return (
    one.title === other.title &&
    one.durationS === other.durationS &&
    one.cues.length === other.cues.length &&
    one.chapters.length === other.chapters.length &&
    one.chapters.every((chapter, at) => chapter.title === other.chapters[at]?.title)
  );
}
