// What the panel needs of wherever it is shown: the side panel of a browser, its popup, or the server's own page.

import type { Observable } from "../hub/observable";
import type { Hub } from "../hub/socket";
import type { Settings } from "../parts/settings";
import type { Subject } from "../parts/subject";
import type { Talk } from "../talk/talk";

export interface PanelHost {
  /** Tells others who watch what this is, such as "side panel". */
  readonly client: string;
  readonly settings: Observable<Settings>;
  readonly save: (change: Partial<Settings>) => void;
  readonly hub: Observable<Hub>;
  /** Null where no video is shown. */
  readonly subject: Observable<Subject | null>;
  /** Why the page that is shown can't be used, with what to do; null where it can. */
  readonly obstacle: Observable<string | null>;
  readonly talk: Talk;
  readonly openOptions: () => void;
  /** Asks for the microphone where the browser lets a person answer. */
  readonly allowMicrophone: () => void;
  /** Opens a video of the library at that second. */
  readonly openVideo: (video: LibraryVideo, atS: number | null) => void;
  /** Opens the side panel; absent where this is it. */
  readonly openPanel?: () => void;
}

export interface LibraryVideo {
  readonly id: string;
  readonly platform: string;
  readonly externalId: string;
  readonly url: string;
  readonly title: string;
}
