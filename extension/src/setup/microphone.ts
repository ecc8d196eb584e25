// The microphone of a page of the extension, with a person's settings.

import { microphoneOf, type OpenMicrophone } from "@sidenote/offscreen";
import workletUrl from "@sidenote/offscreen/worklet?worker&url";
import type { Settings } from "../parts/settings";
import { microphoneSettings } from "./ear";

export function openMicrophone(settings: Settings): OpenMicrophone {
  return microphoneOf(microphoneSettings(settings), workletUrl);
}
