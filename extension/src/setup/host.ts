// What setting up needs of the browser and of the other parts, so that it can be drawn without them.

import type { OpenMicrophone } from "@sidenote/offscreen";
import type { Check } from "../hub/check";
import type { Observable } from "../hub/observable";
import type { PanelHost } from "../panel/host";
import type { Settings } from "../parts/settings";
import type { MicrophoneAccess } from "./access";

export interface SetupHost {
  readonly settings: Observable<Settings>;
  readonly save: (change: Partial<Settings>) => void;
  readonly check: Check;
  readonly access: MicrophoneAccess;
  readonly openMicrophone: (settings: Settings) => OpenMicrophone;
  /** Talking about the practice film, as in the panel. It connects when it is first asked for. */
  readonly practise: () => PanelHost;
  readonly openOptions: () => void;
  readonly openPanel: () => void;
  /** Where a person takes back that Sidenote may not use the microphone. */
  readonly openSiteSettings: () => void;
  /** The page with the practice film. */
  readonly openPractice: () => void;
}
