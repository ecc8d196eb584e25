// On which sites Sidenote looks for a video.

import { useEffect, useState } from "preact/hooks";
import { Icon } from "../look/Icon";
import { Field, Switch } from "../ui/Field";
import type { EverySite } from "./host";
import type { SectionProps } from "./Options";
import { hostOf, isOn, SITES, withSite } from "./sites";

export function Sites({ host, settings, save }: SectionProps) {
  const { offSites } = settings;
  const others = offSites.filter((off) => !SITES.some((site) => !isOn(site, [off])));
  return (
    <div class="form">
      <p class="hint">A page that is open already follows when it is loaded again.</p>
      {SITES.map((site) => (
        <Switch
          key={site.host}
          label={site.name}
          on={isOn(site, offSites)}
          onChange={(on) => save({ offSites: withSite(site, on, offSites) })}
        />
      ))}
      <EveryOther everySite={host.everySite} />
      <div class="group">
        <h3>Never on</h3>
        <ul class="hosts">
          {others.map((off) => (
            <li key={off}>
              <span>{off}</span>
              <button
                type="button"
                class="button small bare only-icon"
                aria-label={`Use Sidenote on ${off} again`}
                onClick={() => save({ offSites: offSites.filter((site) => site !== off) })}
              >
                <Icon name="close" />
              </button>
            </li>
          ))}
        </ul>
        <AddHost onAdd={(added) => save({ offSites: [...offSites.filter((site) => site !== added), added] })} />
      </div>
    </div>
  );
}

function EveryOther({ everySite }: { readonly everySite: EverySite }) {
  const [isAllowed, setAllowed] = useState(false);
  const [isRefused, setRefused] = useState(false);
  useEffect(() => {
    const look = () => void everySite.has().then(setAllowed);
    look();
    return everySite.watch(look);
  }, [everySite]);

  const change = async (on: boolean) => {
    const done = await (on ? everySite.ask() : everySite.giveBack());
    setRefused(on && !done);
    setAllowed(await everySite.has());
  };
  return (
    <>
      <Switch
        label="Every other site with a video"
        hint="The browser asks you first. Without it, a click on Sidenote's icon uses it on the page that you see."
        on={isAllowed}
        onChange={(on) => void change(on)}
      />
      {isRefused && (
        <p class="fault" role="alert">
          The browser did not allow it. Switch it on again and choose “Allow”.
        </p>
      )}
    </>
  );
}

function AddHost({ onAdd }: { readonly onAdd: (host: string) => void }) {
  const [typed, setTyped] = useState("");
  const [fault, setFault] = useState<string | null>(null);
  return (
    <form
      onSubmit={(event) => {
        event.preventDefault();
        const host = hostOf(typed);
        setFault(host === null ? "Write the name of a site, such as example.com." : null);
        if (host === null) return;
        onAdd(host);
        setTyped("");
      }}
    >
      <Field
        label="Another site"
        value={typed}
        placeholder="example.com"
        fault={fault}
        onInput={(value) => {
          setTyped(value);
          setFault(null);
        }}
        beside={
          <button type="submit" class="button">
            Switch off there
          </button>
        }
      />
    </form>
  );
}
