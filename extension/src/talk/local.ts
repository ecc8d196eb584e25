// Talking from a page that has the microphone and the video itself: the server's own page. One video, one page.

import type { ClockSample } from "../content/clock";
import { sampleClock } from "../content/clock";
import { playerControl } from "../content/player";
import { variable } from "../hub/observable";
import type { Subject } from "../parts/subject";
import type { Studio } from "./studio";
import type { Talk } from "./talk";

export interface LocalOptions {
  readonly studio: Studio;
  readonly subject: Subject;
  readonly video: HTMLVideoElement;
  /** The clock of the studio. */
  readonly wallMs: () => number;
}

/** The studio stays: whoever made it closes it. */
export function localTalk({ studio, subject, video, wallMs }: LocalOptions): Talk {
  const position = variable<ClockSample | null>(null);
  const player = playerControl();
  let isHolding = false;
  player.use(video);
  const endClock = sampleClock({ video, wallMs }, (sample) => {
    studio.clock(subject.sessionId, sample, !video.muted && video.volume > 0);
    position.set(sample);
  });
  return {
    state: studio.state,
    levels: studio.levels,
    position,
    send(command) {
      if (command.type === "key_down") isHolding = true;
      if (command.type === "key_up") isHolding = false;
      studio.send(command);
    },
    watch: () => undefined, // there is one player
    command: (command) => void player.obey(command),
    close() {
      endClock();
      player.use(null);
      if (isHolding) studio.holderLost();
      studio.send({ type: "disarm" });
    },
  };
}
