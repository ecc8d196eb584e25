// The microphone: the browser is asked where a person sees its question, each refusal has its own way out, and then
// somebody has to be heard.

import { useState } from "preact/hooks";
import { Icon } from "../look/Icon";
import { useObservable } from "../panel/useObservable";
import { LevelMeter } from "../ui/LevelMeter";
import { Notice } from "../ui/Notice";
import type { Trouble } from "./access";
import { microphoneSettings } from "./ear";
import type { SetupHost } from "./host";
import { useEar } from "./useEar";

export interface MicrophoneStepProps {
  readonly host: SetupHost;
  /** `isThere`: false where the person goes on without one. */
  readonly onDone: (isThere: boolean) => void;
}

export function MicrophoneStep({ host, onDone }: MicrophoneStepProps) {
  const { standing, trouble } = useObservable(host.access.state);
  const [isAsking, setAsking] = useState(false);

  const ask = async () => {
    setAsking(true);
    await host.access.ask(microphoneSettings(host.settings.now));
    setAsking(false);
  };

  return (
    <>
      <p>
        Sidenote sends what it hears only while you hold its button, or have switched it on. The microphone also opens
        in this set-up, and when you come near that button: then nothing is sent. The browser asks you once.
      </p>
      {standing === "granted" ? (
        <Hearing host={host} onDone={() => onDone(true)} />
      ) : (
        <>
          {isAsking && <p role="status">Answer the browser's question at the top of this window.</p>}
          {trouble && !isAsking && <TroubleNotice trouble={trouble} onSettings={host.openSiteSettings} />}
          <p class="form-foot">
            <button
              type="button"
              class="button main"
              aria-disabled={isAsking ? "true" : undefined}
              onClick={() => !isAsking && void ask()}
            >
              <Icon name="microphone" />
              {trouble ? "Ask again" : "Allow the microphone"}
            </button>
          </p>
        </>
      )}
      <p class="hint">
        No microphone?{" "}
        <button type="button" class="button small bare" onClick={() => onDone(false)}>
          Go on and type your notes
        </button>
      </p>
    </>
  );
}

/** The permission is there: now a voice has to be. */
function Hearing({ host, onDone }: { readonly host: SetupHost; readonly onDone: () => void }) {
  const settings = useObservable(host.settings);
  const { heard, trouble, again } = useEar(host.openMicrophone, settings, true);
  if (trouble) {
    const action = { label: "Try again", onAct: again };
    return <Notice kind="error" text={trouble.message} action={action} />;
  }
  return (
    <>
      <p>Now say something, such as “hello, hello”.</p>
      <LevelMeter level={heard.level} />
      <p class="form-told" role="status">
        {heard.spoken ? (
          <span class="told-good">
            <Icon name="check" />
            Sidenote hears you.
          </span>
        ) : (
          <span class="hint">If the bar does not move, choose another microphone in the options.</span>
        )}
      </p>
      <p class="form-foot">
        <button type="button" class={heard.spoken ? "button main" : "button"} onClick={onDone}>
          {heard.spoken ? "Go on" : "Go on anyway"}
        </button>
        {!heard.spoken && (
          <button type="button" class="button bare" onClick={host.openOptions}>
            Open the options
          </button>
        )}
      </p>
    </>
  );
}

function TroubleNotice({ trouble, onSettings }: { readonly trouble: Trouble; readonly onSettings: () => void }) {
  const canUndo = trouble.reason === "denied" || trouble.reason === "refused";
  const action = canUndo ? { label: "Open the browser's settings", onAct: onSettings } : undefined;
  return <Notice kind={trouble.reason === "dismissed" ? "warning" : "error"} text={trouble.message} action={action} />;
}
