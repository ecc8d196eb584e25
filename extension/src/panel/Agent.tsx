// What the agent did and does with each sentence, newest first, and how the session stands.

import type { TalkState } from "../talk/talk";
import { Empty } from "../ui/Empty";
import { Steps } from "../ui/Steps";
import type { View } from "../view/view";
import { STATE_WORDS } from "../view/words";

export interface UtterancesProps {
  readonly view: View;
  readonly limit?: number | undefined;
}

export function Utterances({ view, limit = 30 }: UtterancesProps) {
  const newest = view.timeline.slice(-limit).reverse();
  if (newest.length === 0) {
    return (
      <Empty
        title="Nothing said yet"
        text="Each sentence stands here with what became of it: what was heard, what it meant, and what was done."
        icon="microphone"
      />
    );
  }
  return (
    <div class="utterances">
      {newest.map(({ number, state, steps }) => (
        <section key={number} aria-label={`Sentence ${number}`}>
          <h3>
            Sentence {number}
            {state !== null && state !== "done" && <span class="hint"> {STATE_WORDS[state]}</span>}
          </h3>
          <Steps steps={steps} label={`What became of sentence ${number}`} />
        </section>
      ))}
    </div>
  );
}

const LINKS: Readonly<Record<TalkState["link"], string>> = {
  idle: "Nothing to send",
  joining: "Connecting",
  joined: "Connected",
  away: "Away: what you say is kept",
  refused: "Refused: see above",
};

const MICROPHONES = { idle: "Off", listening: "Listening", paused: "Paused", error: "Stopped" } as const;

export function SessionInfo({ view, talk }: { readonly view: View; readonly talk: TalkState }) {
  const { id, microphone, mode, state } = view.session;
  const facts: readonly (readonly [name: string, value: string])[] = [
    ["State", STATE_WORDS[state]],
    ["Microphone", `${MICROPHONES[microphone]}, ${mode === "ptt" ? "hold to talk" : "hands-free"}`],
    ["Sound", talk.waitingS > 0 ? `${Math.ceil(talk.waitingS)} s to send` : LINKS[talk.link]],
    ["Session", id?.slice(0, 8) ?? "None"],
  ];
  return (
    <dl class="session-info">
      {facts.map(([name, value]) => (
        <div key={name}>
          <dt>{name}</dt>
          <dd>{value}</dd>
        </div>
      ))}
    </dl>
  );
}
