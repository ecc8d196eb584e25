// The settings that matter on this page: how one talks, the microphone, the colours, what is posted, and
// who one is.

import type { Observable } from "../hub/observable";
import type { Hub } from "../hub/socket";
import { AutoPost } from "../options/AutoPost";
import { devices } from "../options/browser";
import { useDevices } from "../options/useDevices";
import { useObservable } from "../panel/useObservable";
import { Select, Switch } from "../ui/Field";
import { SignIn } from "./SignIn";
import type { KeptSettings } from "./settings";

export interface SettingsTabProps {
  readonly kept: KeptSettings;
  readonly hub: Observable<Hub>;
}

export function SettingsTab({ kept, hub }: SettingsTabProps) {
  const settings = useObservable(kept.settings);
  const microphones = useDevices(devices, true);
  return (
    <div class="web-settings">
      <Select
        label="The button"
        value={settings.mode}
        options={[
          { value: "ptt", label: "Hold it to talk" },
          { value: "hands-free", label: "Press it to start and stop (hands-free)" },
        ]}
        onChange={(mode) => kept.save({ mode })}
      />
      <Select
        label="Microphone"
        value={settings.microphone}
        options={[
          { value: "", label: "As the system has it" },
          ...microphones.map(({ id, label }) => ({ value: id, label: label || "A microphone without a name" })),
        ]}
        onChange={(microphone) => kept.save({ microphone })}
      />
      <Select
        label="Theme"
        value={settings.theme}
        options={[
          { value: "system", label: "As the system has it" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
        onChange={(theme) => kept.save({ theme })}
      />
      <Switch
        label="I wear headphones"
        hint="What the video plays can't become notes then."
        on={settings.headphones}
        onChange={(headphones) => kept.save({ headphones })}
      />
      <Switch
        label="Pause the video while I speak"
        hint="It goes on when you are done."
        on={settings.pauseWhileSpeaking}
        onChange={(pauseWhileSpeaking) => kept.save({ pauseWhileSpeaking })}
      />
      <AutoPost hub={hub} token={settings.token} />
      <SignIn kept={kept} label="Another token" />
    </div>
  );
}
