// What the parts of the extension say to each other by `chrome.runtime` messages: each names whom it is for, since all of
// them hear it. What passes over ports is in talk/messages.ts.

import type { FromPage, PageSettings } from "../content/messages";
import type { Settings } from "./settings";
import type { Recording } from "./store";
import type { Subject } from "./subject";
import type { TabId } from "./tabs";

/** What the offscreen document can't read itself: it has no storage. */
export interface World {
  readonly settings: Settings;
  /** Of this profile, for as long as it lives. */
  readonly clientId: string;
}

export type ToBackground =
  /** A page's content script: which video it shows. Answered with `PageStanding`. */
  | {
      readonly to: "background";
      readonly type: "page";
      readonly message: Exclude<FromPage, { readonly type: "clock" }>;
    }
  /** A content script that begins. Answered with `PageStart`. */
  | { readonly to: "background"; readonly type: "hello" }
  /**
   * A person uses Sidenote on this tab: from now on the server is told of its video. Null: on a page of ours, which needs
   * the offscreen document alone. Answered with `Engaged`.
   */
  | { readonly to: "background"; readonly type: "engage"; readonly tabId: TabId | null }
  /** The offscreen document begins. Answered with `World`. */
  | { readonly to: "background"; readonly type: "world" }
  /** A page says what it shows: what is known of its tab? Answered with a `Subject`, null where nobody uses Sidenote. */
  | { readonly to: "background"; readonly type: "subject"; readonly tabId: TabId }
  /** The server gave the offscreen document a newer token: to be kept in the settings. */
  | { readonly to: "background"; readonly type: "token"; readonly token: string }
  /** Whether the microphone is on, for the badge and for following the active tab; null: it is off. */
  | { readonly to: "background"; readonly type: "recording"; readonly recording: Recording };

export type ToOffscreen =
  | { readonly to: "offscreen"; readonly type: "world"; readonly world: World }
  /** The active tab of a window is another one, or shows another video; null: it shows none. */
  | {
      readonly to: "offscreen";
      readonly type: "moved";
      readonly windowId: number;
      readonly subject: Subject | null;
    }
  /** The tab that is recorded is in another window now. */
  | { readonly to: "offscreen"; readonly type: "carried"; readonly tabId: TabId; readonly windowId: number }
  /** The key of the browser that turns the microphone on and off. */
  | { readonly to: "offscreen"; readonly type: "toggle"; readonly about: Subject }
  /** Nobody uses the tab any more. */
  | { readonly to: "offscreen"; readonly type: "left"; readonly sessionId: string };

/** By `tabs.sendMessage`: open the port, the offscreen document is there. Null: is anybody there? */
export interface Attend {
  readonly type: "attend";
  readonly subject: Subject | null;
}

export interface PageStart {
  /** Address of the server's practice page. */
  readonly practice: string;
  readonly settings: PageSettings;
  /** The person has switched this site off. */
  readonly off: boolean;
}

export interface PageStanding {
  readonly subject: Subject | null;
  /** A person uses Sidenote here. */
  readonly engaged: boolean;
}

export type Engaged = { readonly ok: true } | { readonly ok: false; readonly message: string };
