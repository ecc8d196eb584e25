// Talking: the button, how it is used, the waveform, what is heard and what becomes of it.

import { Switch } from "../ui/Field";
import { Partial } from "../ui/Partial";
import { RecordButton } from "../ui/RecordButton";
import { Steps } from "../ui/Steps";
import { Waveform } from "../ui/Waveform";
import type { View } from "../view/view";
import { STATE_WORDS } from "../view/words";
import type { PanelHost } from "./host";
import { buttonMode, buttonState, startOf, stopOf, whyNot } from "./microphone";
import { useObservable } from "./useObservable";

export interface TalkingProps {
  readonly host: PanelHost;
  readonly view: View;
  /** How many of the newest steps are shown here. */
  readonly steps: number;
}

const READY = {
  hold: "Hold the button and say what you see.",
  toggle: "Press the button and say what you see.",
} as const;

export function Talking({ host, view, steps }: TalkingProps) {
  const talk = useObservable(host.talk.state);
  const settings = useObservable(host.settings);
  const subject = useObservable(host.subject);
  const state = buttonState(talk);
  const mode = buttonMode(talk, settings);
  const obstacle = useObservable(host.obstacle);
  const refused = whyNot(talk, { subject, obstacle }, view);
  const isReady = view.session.state === "idle" || view.session.state === "done";
  // What is heard stands above already.
  const latest = view.timeline.at(-1)?.steps.filter(({ id, state }) => state !== "running" || !id.endsWith(":heard"));

  // Who has talked here before and comes near the button finds the microphone open: the first syllable is whole.
  const arm = () => {
    const hasTalked = talk.times.downMs !== null && talk.failure === null;
    if (subject && hasTalked && mode === "hold" && refused === null) host.talk.send({ type: "arm", about: subject });
  };
  const disarm = () => host.talk.send({ type: "disarm" });

  return (
    <section class="talking" aria-label="Talk">
      <div class="talking-button" onPointerEnter={arm} onPointerLeave={disarm}>
        <RecordButton
          mode={mode}
          state={state}
          refused={refused}
          onPress={() => subject && host.talk.send(startOf(mode, subject))}
          onRelease={() => host.talk.send(stopOf(talk))}
          onCancel={() => host.talk.send({ type: "cancel" })}
        />
      </div>
      <div class="talking-heard">
        <Waveform levels={host.talk.levels} active={state === "listening"} />
        <Partial
          text={view.heard?.text ?? ""}
          firm={view.heard?.firm ?? 0}
          waiting={refused ? "" : isReady ? READY[mode] : STATE_WORDS[view.session.state]}
        />
      </div>
      <div class="talking-foot">
        {latest && steps > 0 && <Steps steps={latest} limit={steps} label="What becomes of it" />}
        <Switch
          label="Hands-free"
          on={settings.mode === "hands-free"}
          onChange={(on) => host.save({ mode: on ? "hands-free" : "ptt" })}
        />
      </div>
    </section>
  );
}
