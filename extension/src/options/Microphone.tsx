// Which microphone, how it is cleaned, and whether it hears anything: it is open while this is looked at, and no longer.

import { useObservable } from "../panel/useObservable";
import { useEar } from "../setup/useEar";
import { Select, Switch } from "../ui/Field";
import { LevelMeter } from "../ui/LevelMeter";
import { Notice } from "../ui/Notice";
import type { SectionProps } from "./Options";
import { useDevices } from "./useDevices";

export function Microphone({ host, settings, save }: SectionProps) {
  const { standing } = useObservable(host.access.state);
  const isAllowed = standing === "granted";
  const devices = useDevices(host.devices, isAllowed);
  const { heard, trouble, again } = useEar(host.openMicrophone, settings, isAllowed);

  const isGone = settings.microphone !== "" && !devices.some(({ id }) => id === settings.microphone);
  const choices = [
    { value: "", label: "As the system has it" },
    ...devices.map(({ id, label }) => ({ value: id, label: label || "A microphone without a name" })),
    ...(isGone ? [{ value: settings.microphone, label: "The chosen one, which is not connected" }] : []),
  ];
  return (
    <div class="form">
      {!isAllowed && (
        <Notice
          kind="warning"
          text="Sidenote may not use the microphone yet."
          action={{ label: "Allow the microphone", onAct: host.openSetup }}
        />
      )}
      {trouble && <Notice kind="error" text={trouble.message} action={{ label: "Try again", onAct: again }} />}
      <Select
        label="Microphone"
        value={settings.microphone}
        options={choices}
        onChange={(microphone) => save({ microphone })}
        disabled={!isAllowed}
        hint={isAllowed ? "Say something: the bar below should move. Nothing of it is kept." : undefined}
      />
      {isAllowed && !trouble && <LevelMeter level={heard.level} />}
      <Switch
        label="Echo cancellation"
        hint="Takes what the loudspeakers play out of what is heard. Leave it on unless you wear headphones."
        on={settings.echoCancellation}
        onChange={(echoCancellation) => save({ echoCancellation })}
      />
      <Switch
        label="Noise suppression"
        hint="Takes fans and traffic out."
        on={settings.noiseSuppression}
        onChange={(noiseSuppression) => save({ noiseSuppression })}
      />
      <Switch
        label="Automatic gain"
        hint="Makes a quiet voice louder."
        on={settings.autoGain}
        onChange={(autoGain) => save({ autoGain })}
      />
    </div>
  );
}
