// What the options need of the browser, so that they can be drawn without one.

import type { OpenMicrophone } from "@sidenote/offscreen";
import type { Check } from "../hub/check";
import type { Observable } from "../hub/observable";
import type { Settings } from "../parts/settings";
import type { Hubs } from "../review/hubs";
import type { MicrophoneAccess } from "../setup/access";

export interface OptionsHost {
  readonly settings: Observable<Settings>;
  /** Resolves when it is kept. */
  readonly save: (change: Partial<Settings>) => Promise<unknown>;
  readonly check: Check;
  /** A connection to the server, for as long as what is set there is looked at. */
  readonly connect: () => Hubs;
  readonly access: MicrophoneAccess;
  readonly openMicrophone: (settings: Settings) => OpenMicrophone;
  readonly devices: Devices;
  readonly everySite: EverySite;
  /** The keys that the browser itself gives to Sidenote. */
  readonly shortcuts: () => Promise<readonly Shortcut[]>;
  readonly openShortcuts: () => void;
  /** The page that asks for the microphone. */
  readonly openSetup: () => void;
  /** Removes all that this browser keeps for Sidenote. */
  readonly forget: () => Promise<void>;
  readonly mac: boolean;
}

export interface Shortcut {
  readonly name: string;
  /** Empty where none is set. */
  readonly keys: string;
}

export interface Device {
  readonly id: string;
  /** Empty until the microphone is allowed. */
  readonly label: string;
}

export interface Devices {
  readonly list: () => Promise<readonly Device[]>;
  /** Called when one comes or goes; returns what ends it. */
  readonly watch: (listener: () => void) => () => void;
}

/** The permission to look for a video on every site. */
export interface EverySite {
  readonly has: () => Promise<boolean>;
  /** Only in the moment of a click. */
  readonly ask: () => Promise<boolean>;
  readonly giveBack: () => Promise<boolean>;
  readonly watch: (listener: () => void) => () => void;
}
