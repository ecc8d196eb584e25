// Obeys what is asked of the player by voice, and holds the video while somebody speaks where the setting says so. What
// a person does to the player meanwhile stands.

export type PlayerCommand =
  | { readonly action: "seek"; readonly to_s: number }
  | { readonly action: "seek"; readonly by_s: number }
  | { readonly action: "play" }
  | { readonly action: "pause" };

export type Obeyed = { readonly ok: true; readonly at_s: number } | { readonly ok: false; readonly message: string };

export interface Player {
  /** The element to command from now on; null while there is none. */
  use(video: HTMLVideoElement | null, interrupted?: () => boolean): void;
  obey(command: PlayerCommand): Promise<Obeyed>;
  /** `hold`: the setting "pause the video while I speak". Without it nothing is paused; what was, goes on. */
  speaking(now: boolean, hold: boolean): void;
}

export function playerControl(): Player {
  let video: HTMLVideoElement | null = null;
  let interrupted = (): boolean => false;
  let held: AbortController | null = null; // while the video is paused by us and nobody has touched it since

  const letGo = (): void => {
    held?.abort();
    held = null;
  };

  const hold = (player: HTMLVideoElement): void => {
    held = new AbortController();
    player.pause();
    player.addEventListener("play", letGo, { signal: held.signal }); // somebody wants it otherwise
    player.addEventListener("emptied", letGo, { signal: held.signal });
  };

  return {
    use(next, isInterrupted = () => false) {
      if (next !== video) letGo();
      video = next;
      interrupted = isInterrupted;
    },

    async obey(command) {
      if (video === null) return { ok: false, message: "There is no video on this page." };
      if (interrupted()) return { ok: false, message: "An advertisement is playing: try again after it." };
      const player = video;
      switch (command.action) {
        case "seek": {
          const toS = "to_s" in command ? command.to_s : player.currentTime + command.by_s;
          if (!Number.isFinite(toS)) return { ok: false, message: "Name a time in the video." };
          player.currentTime = within(player, toS);
          break;
        }
        case "pause":
          letGo();
          player.pause();
          break;
        case "play":
          letGo();
          try {
            await player.play();
          } catch {
            return { ok: false, message: "The browser did not let the video start: click play on the page once." };
          }
      }
      return { ok: true, at_s: player.currentTime };
    },

    speaking(now, wanted) {
      if (now) {
        if (wanted && video !== null && held === null && !video.paused && !interrupted()) hold(video);
        return;
      }
      const goesOn = held !== null;
      letGo();
      if (goesOn) video?.play().catch(() => undefined); // the page may forbid it: then it stays paused
    },
  };
}

function within(video: HTMLVideoElement, atS: number): number {
  const end = Number.isFinite(video.duration) ? video.duration : Number.POSITIVE_INFINITY;
  return Math.max(0, Math.min(atS, end));
}
