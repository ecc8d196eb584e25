// What is drawn over videos, and in which colours the pages are.

import { Select, Switch } from "../ui/Field";
import type { SectionProps } from "./Options";

export function Look({ settings, save }: SectionProps) {
  return (
    <div class="form">
      <Select
        label="Theme"
        value={settings.theme}
        options={[
          { value: "system", label: "As the system has it" },
          { value: "light", label: "Light" },
          { value: "dark", label: "Dark" },
        ]}
        onChange={(theme) => save({ theme })}
      />
      <Switch
        label="Notes over the video"
        hint="What you are saying, new notes, and marks on the bar of the player. The side panel shows them anyway."
        on={settings.overlays}
        onChange={(overlays) => save({ overlays })}
      />
      <Switch
        label="Emoji that fit a remark"
        hint="For a moment, over the video."
        on={settings.emoji}
        disabled={!settings.overlays}
        onChange={(emoji) => save({ emoji })}
      />
    </div>
  );
}
