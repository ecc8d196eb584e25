// Which of several videos is meant: the largest that is visible, and rather one that plays. Pure but for `looksOf`.

/** How a video looks on its page. */
export interface Looks {
  readonly areaPx: number; // 0: not visible
  readonly playing: boolean;
  readonly inView: boolean;
}

const PLAYING = 4; // a video that plays counts as so many times its size
const LEAST_PX = 120 * 68;

/** The place of the video that is meant, -1 where none is. `current`: of the one that was meant until now. */
export function meant(videos: readonly Looks[], current: number): number {
  let best = -1;
  let bestScore = 0;
  videos.forEach((video, at) => {
    const score = scoreOf(video, at === current);
    if (score > bestScore || (score === bestScore && score > 0 && at === current)) {
      best = at;
      bestScore = score;
    }
  });
  return best;
}

/** The one in use does not lose its place by being paused: that is what people do before they speak. */
function scoreOf(video: Looks, current: boolean): number {
  if (video.areaPx < LEAST_PX && !(current && video.areaPx > 0)) return 0;
  return video.areaPx * (video.playing || (current && video.inView) ? PLAYING : 1);
}

export function looksOf(video: HTMLVideoElement): Looks {
  const { width, height, top, bottom, left, right } = video.getBoundingClientRect();
  const view = video.ownerDocument.defaultView;
  const visible = video.isConnected && (video.checkVisibility?.({ visibilityProperty: true }) ?? true);
  return {
    areaPx: visible ? width * height : 0,
    playing: !video.paused && !video.ended,
    inView: view !== null && bottom > 0 && right > 0 && top < view.innerHeight && left < view.innerWidth,
  };
}
