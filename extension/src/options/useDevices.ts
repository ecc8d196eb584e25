// The microphones of this machine, as they come and go.

import { useEffect, useState } from "preact/hooks";
import type { Device, Devices } from "./host";

/** Looked up again when the microphone is allowed: their names are known only then. */
export function useDevices(devices: Devices, isAllowed: boolean): readonly Device[] {
  const [listed, setListed] = useState<readonly Device[]>([]);
  useEffect(() => {
    let isOver = false;
    const look = async () => {
      const found = await devices.list();
      if (!isOver) setListed(found.filter(({ id }) => id !== ""));
    };
    void look();
    const end = devices.watch(() => void look());
    return () => {
      isOver = true;
      end();
    };
  }, [devices, isAllowed]);
  return listed;
}
