// Who decides what is posted, and whether sure notes are posted without being asked. The server keeps that, so there is a
// connection to it while this is looked at, and no longer.

import { useEffect, useState } from "preact/hooks";
import type { Hubs } from "../review/hubs";
import { AutoPost } from "./AutoPost";
import type { SectionProps } from "./Options";

export function Posting({ host, settings, tell }: SectionProps) {
  const [hubs, setHubs] = useState<Hubs | null>(null);
  useEffect(() => {
    const opened = host.connect();
    setHubs(opened);
    return opened.close;
  }, [host]);

  return (
    <div class="form">
      <div class="prose">
        <p>
          A note becomes a comment on the video's own site when you say so: with its Post button, with “post it”, or
          with the key. A browser on the server's machine writes it, with your own login there.
        </p>
      </div>
      {hubs && <AutoPost hub={hubs.hub} token={settings.token} onSaved={() => tell(null)} />}
      <div class="group prose">
        <p>
          <strong>Logins.</strong> Log in once, where the server runs: <code>sidenote connect youtube</code>. Your
          password is typed into the site's own page and seen by nobody else.
        </p>
        <p>
          What became of each post stands beside its note; <code>sidenote jobs</code> and <code>sidenote audit</code>{" "}
          list them all.
        </p>
      </div>
    </div>
  );
}
