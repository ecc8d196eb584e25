// Setting up, in three steps: a server, a microphone, and a note that was really spoken. One step is open at a time; any
// of them can be opened again.

import type { ComponentChildren } from "preact";
import { useEffect, useLayoutEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../look/Icon";
import { useObservable } from "../panel/useObservable";
import { useTheme } from "../panel/useTheme";
import type { SetupHost } from "./host";
import { MicrophoneStep } from "./MicrophoneStep";
import { PracticeStep } from "./PracticeStep";
import { firstProgress, isDone, opened, type Progress, past, STEPS, type StepId, undone } from "./progress";
import { ServerForm } from "./ServerForm";

export interface SetupProps {
  readonly host: SetupHost;
  /** Of the address that the page was opened with. */
  readonly hash: string;
}

const TITLES: Readonly<Record<StepId, string>> = {
  server: "Find your server",
  microphone: "Allow the microphone",
  practice: "Say your first note",
};

export function Setup({ host, hash }: SetupProps) {
  const settings = useObservable(host.settings);
  useTheme(settings.theme);
  const [progress, setProgress] = useState<Progress>(() => firstProgress(hash));
  const [hasMicrophone, setHasMicrophone] = useState(true);
  const pass = (step: StepId) => setProgress((now) => past(now, step));

  useEffect(() => {
    const { server, token } = host.settings.now;
    if (token !== "") void host.check(server, token).then(({ ok }) => ok && pass("server"));
  }, [host]);

  const summaries: Readonly<Record<StepId, string>> = {
    server: settings.server,
    microphone: hasMicrophone ? "Sidenote hears you." : "Without one: you type your notes.",
    practice: "You have made a note.",
  };
  const body = (step: StepId): ComponentChildren => {
    switch (step) {
      case "server":
        return (
          <>
            <p>
              Sidenote hears and keeps your notes on a server of your own. Start it with <code>sidenote serve</code>: it
              prints its address and a token.
            </p>
            <ServerForm
              settings={settings}
              save={host.save}
              check={host.check}
              onChecked={(isGood) => (isGood ? pass("server") : setProgress((now) => undone(now, "server")))}
            />
          </>
        );
      case "microphone":
        return (
          <MicrophoneStep
            host={host}
            onDone={(isThere) => {
              setHasMicrophone(isThere);
              pass("microphone");
            }}
          />
        );
      case "practice":
        return (
          <PracticeStep
            host={host}
            hasMicrophone={hasMicrophone}
            onNoted={() => setProgress((now) => opened(past(now, "practice"), "practice"))}
            onStep={(step) => setProgress((now) => opened(now, step))}
          />
        );
    }
  };

  return (
    <div class="setup">
      <header>
        <h1>Set up Sidenote</h1>
        <p class="hint">
          Three steps, about a minute. <span class="timecode">{progress.done.length} of 3 done.</span>
        </p>
      </header>
      <ol class="setup-steps">
        {STEPS.map((step, index) => (
          <StepCard
            key={step}
            number={index + 1}
            title={TITLES[step]}
            summary={isDone(progress, step) ? summaries[step] : null}
            isOpen={progress.open === step}
            onOpen={() => setProgress((now) => opened(now, step))}
          >
            {progress.open === step && body(step)}
          </StepCard>
        ))}
      </ol>
    </div>
  );
}

interface StepCardProps {
  readonly number: number;
  readonly title: string;
  /** What came of it; null until it is done. */
  readonly summary: string | null;
  readonly isOpen: boolean;
  readonly onOpen: () => void;
  readonly children: ComponentChildren;
}

function StepCard({ number, title, summary, isOpen, onOpen, children }: StepCardProps) {
  const heading = useRef<HTMLHeadingElement>(null);
  const wasOpen = useRef(isOpen);
  useLayoutEffect(() => {
    if (isOpen && !wasOpen.current) heading.current?.focus();
    wasOpen.current = isOpen;
  }, [isOpen]);

  const isDone = summary !== null;
  const act = isDone ? "Change" : "Open";
  return (
    <li class={`setup-step ${isOpen ? "open" : ""} ${isDone ? "done" : ""}`} aria-current={isOpen ? "step" : undefined}>
      <span class="setup-number" aria-hidden="true">
        {isDone ? <Icon name="check" /> : number}
      </span>
      <div class="setup-title">
        <h2 ref={heading} tabIndex={-1}>
          {title}
          {isDone && <span class="unseen">(done)</span>}
        </h2>
        {!isOpen && (
          <button type="button" class="button small bare" aria-label={`${act}: ${title}`} onClick={onOpen}>
            {act}
          </button>
        )}
      </div>
      {isOpen ? <div class="setup-body">{children}</div> : isDone && <p class="setup-summary hint">{summary}</p>}
    </li>
  );
}
