// The options: one section at a time, named in the address. Each change is kept at once, and that is said.

import type { ComponentChildren } from "preact";
import { useEffect, useState } from "preact/hooks";
import { Icon } from "../look/Icon";
import { useObservable } from "../panel/useObservable";
import { useTheme } from "../panel/useTheme";
import type { Settings } from "../parts/settings";
import { ServerForm } from "../setup/ServerForm";
import type { OptionsHost } from "./host";
import { Keys } from "./Keys";
import { Look } from "./Look";
import { Microphone } from "./Microphone";
import { Posting } from "./Posting";
import { Privacy } from "./Privacy";
import { Sites } from "./Sites";
import { SECTIONS, type SectionId, sectionOf } from "./sections";
import { Talking } from "./Talking";

export interface SectionProps {
  readonly host: OptionsHost;
  readonly settings: Settings;
  readonly save: (change: Partial<Settings>) => void;
  /** Says that a change is kept where it belongs, or why it is not. */
  readonly tell: (fault: string | null) => void;
}

/** What was last said of a change; the number makes the same words be said again. */
interface Told {
  readonly count: number;
  readonly fault: string | null;
}

export function Options({ host }: { readonly host: OptionsHost }) {
  const settings = useObservable(host.settings);
  useTheme(settings.theme);
  const section = useSection();
  const [told, setTold] = useState<Told>({ count: 0, fault: null });

  const tell = (fault: string | null) => setTold(({ count }) => ({ count: count + 1, fault }));
  const save = (change: Partial<Settings>) => {
    host.save(change).then(
      () => tell(null),
      () => tell("Not saved: the browser could not keep it. Try again."),
    );
  };

  const title = SECTIONS.find(({ id }) => id === section)?.title;
  return (
    <div class="options">
      <header class="options-head">
        <h1>Sidenote</h1>
        <p class={told.fault ? "options-told fault" : "options-told"} role="status">
          {told.count > 0 && <span key={told.count}>{told.fault ?? <Saved />}</span>}
        </p>
      </header>
      <nav class="options-nav" aria-label="Options">
        <ul>
          {SECTIONS.map(({ id, title }) => (
            <li key={id}>
              <a href={`#${id}`} aria-current={id === section ? "page" : undefined}>
                {title}
              </a>
            </li>
          ))}
        </ul>
      </nav>
      <section class="options-section" aria-labelledby="section-title" key={section}>
        <h2 id="section-title">{title}</h2>
        <Body section={section} host={host} settings={settings} save={save} tell={tell} />
      </section>
    </div>
  );
}

function Saved() {
  return (
    <>
      <Icon name="check" />
      Saved
    </>
  );
}

function Body({ section, ...props }: SectionProps & { readonly section: SectionId }): ComponentChildren {
  switch (section) {
    case "server":
      return <ServerForm settings={props.settings} save={props.save} check={props.host.check} />;
    case "microphone":
      return <Microphone {...props} />;
    case "talking":
      return <Talking {...props} />;
    case "keys":
      return <Keys host={props.host} />;
    case "sites":
      return <Sites {...props} />;
    case "look":
      return <Look {...props} />;
    case "posting":
      return <Posting {...props} />;
    case "privacy":
      return <Privacy {...props} />;
  }
}

function useSection(): SectionId {
  const [section, setSection] = useState(() => sectionOf(location.hash));
  useEffect(() => {
    const moved = () => setSection(sectionOf(location.hash));
    window.addEventListener("hashchange", moved);
    return () => window.removeEventListener("hashchange", moved);
  }, []);
  return section;
}
