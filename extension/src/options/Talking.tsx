// How a person talks: what a click on the button means, and what happens to the video meanwhile.

import { Select, Switch } from "../ui/Field";
import type { SectionProps } from "./Options";

export function Talking({ settings, save }: SectionProps) {
  return (
    <div class="form">
      <Select
        label="A click on the button"
        value={settings.mode}
        options={[
          { value: "ptt", label: "Nothing: hold it to talk" },
          { value: "hands-free", label: "Starts and stops listening, hands-free" },
        ]}
        onChange={(mode) => save({ mode })}
        hint="Hands-free, nothing is held: Sidenote hears where each sentence ends."
      />
      <Switch
        label="I wear headphones"
        hint="Hands-free, a film that plays aloud may be taken for you; with headphones it can't be."
        on={settings.headphones}
        onChange={(headphones) => save({ headphones })}
      />
      <Switch
        label="Pause the video while I speak"
        hint="It goes on when you are done."
        on={settings.pauseWhileSpeaking}
        onChange={(pauseWhileSpeaking) => save({ pauseWhileSpeaking })}
      />
      <Switch
        label="Send less"
        hint="Sound goes out as Opus, a tenth of the bytes, for a slow way to the server. About one word in a hundred more is misheard."
        on={settings.opus}
        onChange={(opus) => save({ opus })}
      />
    </div>
  );
}
