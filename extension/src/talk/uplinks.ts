// An uplink for each review, and one uplink in front of them for the recorder: a capture goes to the review that it is
// about. An uplink lives until nobody uses its review and the server has all of it.

import {
  type Channel,
  createUplink,
  type JoinParams,
  type OpusEncoder,
  type PlayerReport,
  type Refusal,
  type Target,
  type Uplink,
  type UplinkState,
  type Video,
} from "@sidenote/offscreen";
import type { Subject } from "../parts/subject";
import type { TalkState } from "./talk";

export interface UplinksOptions {
  readonly openChannel: (sessionId: string, params: () => JoinParams) => Channel;
  readonly clientId: string;
  /** For the next uplink; null: sound goes out as it is. */
  readonly opus: () => OpusEncoder | null;
  readonly onChange: () => void;
  /** What a person must know of what was said; why a link is closed is in the state. */
  readonly onRefusal: (refusal: Refusal) => void;
}

export interface UplinksState {
  /** Of the review that was last recorded, or made ready for it. */
  readonly link: TalkState["link"];
  /** Why that link is closed, or waits. */
  readonly refusal: Refusal | null;
  /** Of all reviews. */
  readonly waitingS: number;
  /** A capture is under way, or over here and not yet there. */
  readonly owed: boolean;
}

export interface Uplinks {
  /** For the recorder. */
  readonly uplink: Uplink;
  /** What a capture about this is begun with: the server finds the same video by its address. */
  videoOf(subject: Subject): Video;
  /** Where the player of this review stands. */
  clock(sessionId: string, report: PlayerReport): void;
  /** Nobody uses this review any more. */
  forget(sessionId: string): void;
  state(): UplinksState;
  /** All of them end, and what the server does not have is lost. */
  abandon(): void;
}

interface Line {
  readonly sessionId: string;
  readonly uplink: Uplink;
  refusal: Refusal | null;
  left: boolean;
}

/** The rest is about one capture, and passes. */
const ABOUT_THE_LINK: ReadonlySet<Refusal["kind"]> = new Set(["busy", "second_microphone", "replaced", "not_allowed"]);

export function createUplinks(options: UplinksOptions): Uplinks {
  const lines = new Map<string, Line>();
  const lineOfVideo = new WeakMap<Video, Line>();
  let latest: Line | null = null; // opened or recorded
  let recorded: Line | null = null;
  let speaking: Line | null = null; // whose capture is under way

  function lineOf(sessionId: string): Line {
    const known = lines.get(sessionId);
    if (known) return known;
    const line: Line = {
      sessionId,
      refusal: null,
      left: false,
      uplink: createUplink({
        openChannel: (params) => options.openChannel(sessionId, params),
        clientId: options.clientId,
        opus: options.opus(),
        onChange: (state) => changed(line, state),
        onRefusal(refusal) {
          if (ABOUT_THE_LINK.has(refusal.kind)) line.refusal = refusal;
          else options.onRefusal(refusal);
          options.onChange();
        },
      }),
    };
    lines.set(sessionId, line);
    return line;
  }

  function changed(line: Line, state: UplinkState): void {
    if (state.link === "joined") line.refusal = null;
    endIfDone(line, state);
    options.onChange();
  }

  function endIfDone(line: Line, state: UplinkState): void {
    if (!line.left || line === speaking || state.unfinished > 0) return;
    lines.delete(line.sessionId);
    if (latest === line) latest = null;
    if (recorded === line) recorded = null;
    line.uplink.close();
  }

  function aimedAt({ video }: Target): Line {
    const line = lineOfVideo.get(video);
    if (!line) throw new Error("this video was not made by videoOf");
    latest = line;
    return line;
  }

  function end(act: (uplink: Uplink) => void): void {
    const ended = speaking;
    speaking = null;
    if (!ended) return;
    act(ended.uplink);
    endIfDone(ended, ended.uplink.state());
  }

  function state(): UplinksState {
    const states = [...lines.values()].map((line) => line.uplink.state());
    return {
      link: latest?.uplink.state().link ?? "idle",
      refusal: latest?.refusal ?? null,
      waitingS: states.reduce((sum, { waitingS }) => sum + waitingS, 0),
      owed: speaking !== null || states.some(({ unfinished }) => unfinished > 0),
    };
  }

  function abandon(): void {
    for (const { uplink } of lines.values()) uplink.close();
    lines.clear();
    latest = recorded = speaking = null;
  }

  const uplink: Uplink = {
    open: (target) => aimedAt(target).uplink.open(target),
    begin(target, wallMs) {
      speaking = recorded = aimedAt(target);
      lines.set(speaking.sessionId, speaking); // it may have ended while its sound was being judged
      speaking.uplink.begin(target, wallMs);
    },
    record: (pcm) => speaking?.uplink.record(pcm) ?? false,
    gap: (samples) => speaking?.uplink.gap(samples),
    anchor: (wallMs) => speaking?.uplink.anchor(wallMs),
    pause: () => speaking?.uplink.pause(),
    resume: () => speaking?.uplink.resume(),
    stop: () => end((ended) => ended.stop()),
    fail: (reason) => end((ended) => ended.fail(reason)),
    cancel() {
      if (speaking) end((ended) => ended.cancel());
      else recorded?.uplink.cancel();
    },
    clock: (report) => latest?.uplink.clock(report),
    retry() {
      for (const line of lines.values()) {
        line.refusal = null;
        line.uplink.retry();
      }
      options.onChange();
    },
    state: () => latest?.uplink.state() ?? { link: "away", waitingS: 0, unfinished: 0 },
    close: abandon,
  };

  return {
    uplink,
    videoOf({ sessionId, video }) {
      const line = lineOf(sessionId);
      line.left = false;
      const made: Video = { url: video.url };
      lineOfVideo.set(made, line);
      return made;
    },
    clock: (sessionId, report) => lineOf(sessionId).uplink.clock(report),
    forget(sessionId) {
      const line = lines.get(sessionId);
      if (!line) return;
      line.left = true;
      endIfDone(line, line.uplink.state());
      options.onChange();
    },
    state,
    abandon,
  };
}
