// What is kept where, what leaves this browser, and the way to remove what is kept here.

import { useRef, useState } from "preact/hooks";
import { Switch } from "../ui/Field";
import { Notice } from "../ui/Notice";
import type { OptionsHost } from "./host";
import type { SectionProps } from "./Options";

export function Privacy({ host, settings, save }: SectionProps) {
  return (
    <div class="form">
      <div class="group prose">
        <h3>Kept in this browser</h3>
        <p>
          These settings, your token, and a number made at random that tells this browser from your others. Until the
          browser is closed: which tab shows which video. What you say is kept in memory until your server has it.
        </p>
        <h3>Kept on your server</h3>
        <p>
          Notes, what was heard of them, and each video's address and title. A recording is deleted once its note is
          safe.
        </p>
        <h3>What leaves this browser</h3>
        <p>
          A video's address, title, chapters and captions, once you use Sidenote on its tab: with the button, a key, or
          the side panel open beside it. Sound, only while a key is held or listening is on. All of it goes to your
          server and to nobody else.
        </p>
      </div>
      <Switch
        label="Tell the server how well it went"
        hint="How long a note took, and that something failed: never what was said, or where."
        on={settings.telemetry}
        onChange={(telemetry) => save({ telemetry })}
      />
      <Forget forget={host.forget} />
    </div>
  );
}

function Forget({ forget }: Pick<OptionsHost, "forget">) {
  const [step, setStep] = useState<"idle" | "sure" | "failed">("idle");
  const first = useRef<HTMLButtonElement>(null);
  const leave = () => {
    setStep("idle");
    first.current?.focus();
  };
  return (
    <div class="group">
      <h3>Forget</h3>
      <p class="hint">
        Removes all that this browser keeps for Sidenote: settings and token. Your notes stay on the server.
      </p>
      <p class="form-foot">
        {step === "sure" ? (
          <>
            <button
              type="button"
              class="button danger"
              ref={(button) => button?.focus()}
              onClick={() => forget().catch(() => setStep("failed"))}
            >
              Forget it all
            </button>
            <button type="button" class="button bare" onClick={leave}>
              Keep it
            </button>
          </>
        ) : (
          <button type="button" class="button" ref={first} onClick={() => setStep("sure")}>
            Forget everything here…
          </button>
        )}
      </p>
      {step === "failed" && <Notice kind="error" text="The browser did not remove it. Restart it and try again." />}
    </div>
  );
}
