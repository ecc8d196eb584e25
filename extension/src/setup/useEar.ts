// The microphone as a page shows it: open while it is allowed and looked at, and opened anew with other settings.

import type { OpenMicrophone } from "@sidenote/offscreen";
import { useEffect, useState } from "preact/hooks";
import type { Settings } from "../parts/settings";
import type { Trouble } from "./access";
import { type Heard, listen, NOTHING_HEARD } from "./ear";

export interface Ear {
  readonly heard: Heard;
  readonly trouble: Trouble | null;
  /** Open it once more. */
  readonly again: () => void;
}

export function useEar(open: (settings: Settings) => OpenMicrophone, settings: Settings, isAllowed: boolean): Ear {
  const [heard, setHeard] = useState(NOTHING_HEARD);
  const [trouble, setTrouble] = useState<Trouble | null>(null);
  const [tries, setTries] = useState(0);
  const isSeen = useVisibility();
  const { microphone, echoCancellation, noiseSuppression, autoGain } = settings;

  useEffect(() => {
    if (!isAllowed || !isSeen) return;
    setTrouble(null);
    const end = listen(open(settings), { onHeard: setHeard, onTrouble: setTrouble });
    return () => {
      end();
      setHeard(NOTHING_HEARD);
    };
  }, [open, isAllowed, isSeen, tries, microphone, echoCancellation, noiseSuppression, autoGain]);

  return { heard, trouble, again: () => setTries(tries + 1) };
}

function useVisibility(): boolean {
  const [isSeen, setSeen] = useState(() => document.visibilityState === "visible");
  useEffect(() => {
    const look = () => setSeen(document.visibilityState === "visible");
    document.addEventListener("visibilitychange", look);
    return () => document.removeEventListener("visibilitychange", look);
  }, []);
  return isSeen;
}
