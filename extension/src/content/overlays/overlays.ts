// All overlays of a page together: what is shown is given whole each time, where it stands follows the video.

import { anchorChip } from "./chip";
import { made } from "./element";
import { emojiIn } from "./emoji";
import { ghostStack, type Judge } from "./ghosts";
import { overlayHost } from "./host";
import { markerTrack } from "./markers";
import { ghostsOf, ghostsOver, markersOf, type ShownNote } from "./notes";
import { followPlaces, type Places, putOver } from "./placing";

export interface Shown {
  readonly notes: readonly ShownNote[];
  /** Where somebody began to speak; null while nobody does. */
  readonly anchorS: number | null;
  /** What is heard of it so far. */
  readonly heard: string;
  /** The flag for signs beside words. */
  readonly emoji: boolean;
}

export interface Overlays {
  over(video: HTMLVideoElement, barOf: () => Element | null, durationOf: () => number | null): void;
  show(shown: Shown): void;
  /** Takes everything out of the page. */
  remove(): void;
}

const EDGE_PX = 5; // of the video, for a player that shows no bar of its own

export function overlaysOn(top: Window, judge: Judge, mode: ShadowRootMode = "closed"): Overlays {
  const page = top.document;
  const host = overlayHost(page, mode);
  const frame = made(page, "div", "frame");
  const chip = anchorChip(page);
  const ghosts = ghostStack(page, judge);
  const track = markerTrack(page);
  let shown: Shown = { notes: [], anchorS: null, heard: "", emoji: false };
  let room = 0; // for cards
  let durationOf = (): number | null => null;
  let ended = (): void => undefined;

  frame.hidden = true;
  track.element.hidden = true;
  frame.append(chip.element, ghosts.element);
  host.root.append(frame, track.element);

  const draw = (): void => {
    const { notes, anchorS, heard, emoji } = shown;
    const signsOf = emoji ? emojiIn : () => [];
    const drafts = ghostsOf(notes, room);
    chip.show(anchorS === null ? null : { atS: anchorS, emoji: signsOf(heard) });
    ghosts.show(drafts.ghosts, drafts.more, signsOf);
    track.show(markersOf(notes, durationOf()));
  };

  return {
    over(video, barOf, duration) {
      ended();
      durationOf = duration;
      ended = followPlaces(video, barOf, top, (places) => {
        host.settle();
        putOver(frame, places.video);
        room = ghostsOver(places.video?.height ?? 0);
        putOver(track.element, barOf() === null ? lowerEdge(places) : places.bar);
        draw();
      });
    },
    show(next) {
      shown = next;
      draw();
    },
    remove() {
      ended();
      host.remove();
    },
  };
}

/** Where a player's bar mostly is: along the lower edge of the video. */
function lowerEdge({ video }: Places): Places["bar"] {
  if (video === null) return null;
  return { ...video, top: video.top + video.height - EDGE_PX, height: EDGE_PX };
}
