// One subject, followed: its session and its video over one connection, reduced to one view. Panel, popup, setup, the
// server's page and the overlays each open their own.

import { type Followed, follow, type Listener } from "../hub/followed";
import { type Observable, variable } from "../hub/observable";
import type { Hub } from "../hub/socket";
import { followVideo } from "../hub/video";
import type { Subject } from "../parts/subject";
import type { Action } from "../view/action";
import { reduce } from "../view/reduce";
import { INITIAL_VIEW, type View } from "../view/view";
import type { VideoDetected } from "../wire/messages";

export interface Review {
  readonly subject: Subject;
  readonly view: Observable<View>;
  readonly dispatch: (action: Action) => void;
  readonly session: Followed<"session">;
  /** Null until the server has named the video. */
  readonly video: () => Followed<"video"> | null;
  /** More became known of the same video. */
  readonly describe: (video: VideoDetected) => void;
  readonly close: () => void;
}

/** `client` tells others who watch what this is. `listener` hears what the session's topic says, before it is reduced. */
export function openReview(hub: Hub, subject: Subject, client: string, listener: Listener = () => {}): Review {
  const view = variable<View>({ ...INITIAL_VIEW, connection: hub.connection.now });
  const dispatch = (action: Action) => view.set(reduce(view.now, action));

  const endConnection = hub.connection.subscribe((connection) => dispatch({ kind: "connection_changed", connection }));
  dispatch({ kind: "session_changed", sessionId: subject.sessionId });
  const session = follow<"session">(hub, `session:${subject.sessionId}`, (action) => {
    listener(action);
    dispatch(action);
  });
  const video = followVideo(hub, subject.video, dispatch, client);

  return {
    subject,
    view,
    dispatch,
    session,
    video: video.topic,
    describe: (described) => {
      const door = follow<"video">(hub, "video:new", () => {});
      void door.push("video_detected", described).then(() => door.close());
      const { id, state } = view.now.video;
      if (id !== null)
        dispatch({
          kind: "video_changed",
          video: { id, title: described.title ?? "", supported: state !== "unsupported" },
        });
    },
    close: () => {
      endConnection();
      session.close();
      video.close();
    },
  };
}
