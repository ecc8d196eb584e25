// What the content script has to know of a site. An adapter reads addresses and pages; it never fetches, clicks or
// changes anything. Seeking, playing and pausing are the video element's own.

export type Platform = "youtube" | "vimeo" | "twitch" | "frameio" | "practice" | "generic";

/** Named as on the wire (`video_detected`); times are seconds of the video. */
export type Chapter = {
  readonly title: string;
  readonly start: number;
};

export type Cue = {
  readonly text: string;
  readonly start: number;
  readonly end: number;
};

/** What stands on a video's page. */
export interface PageReader {
  /** "" while the page does not show it yet. */
  title(page: Document, externalId: string): string;
  /** The site's main player, where the site has one; null: any video of the page may be meant. */
  player(page: Document): HTMLVideoElement | null;
  /** null for a live stream, and while it is not known. */
  durationS(video: HTMLVideoElement): number | null;
  chapters(page: Document, video: HTMLVideoElement, externalId: string): readonly Chapter[];
  cues(video: HTMLVideoElement): readonly Cue[];
  /** The bar over which markers are drawn; null where the player is the browser's own. */
  progressBar(video: HTMLVideoElement): Element | null;
  /** Whether the element shows something else for now, such as an advertisement: its time is not the video's. */
  interrupted(video: HTMLVideoElement): boolean;
}

export interface SiteAdapter extends PageReader {
  readonly platform: Platform;
  /** What a page of this site without an id is: any page with a video, or none at all. */
  readonly withoutId: "generic" | "nothing";
  owns(url: URL): boolean;
  /** The id that the server finds in the same address; null where it is no video's page. */
  externalId(url: URL): string | null;
  /** The address to keep and to open again; the server finds the same video in it. */
  canonical(url: URL, externalId: string): string;
}

/** The limits of `video_detected`. */
export const MAX_CHAPTERS = 500;
export const MAX_CUES = 20_000;
