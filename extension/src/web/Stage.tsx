// What stands left of the panel: the practice video, or the way to a video that plays on its own page.

import { useEffect, useRef, useState } from "preact/hooks";
import { Icon } from "../look/Icon";
import { useObservable } from "../panel/useObservable";
import { Notice } from "../ui/Notice";
import { formatTime } from "../ui/time";
import { addressOf, type Elsewhere, type WebHost } from "./host";

const SITES: Readonly<Record<string, string>> = {
  youtube: "YouTube",
  vimeo: "Vimeo",
  twitch: "Twitch",
  frameio: "Frame.io",
};

export function Stage({ host }: { readonly host: WebHost }) {
  const elsewhere = useObservable(host.elsewhere);
  return (
    <section class="stage" aria-label="Video">
      <Practice player={host.player} hidden={elsewhere !== null} />
      {elsewhere && <Away elsewhere={elsewhere} onBack={host.showPractice} />}
    </section>
  );
}

function Practice({ player, hidden }: { readonly player: HTMLVideoElement; readonly hidden: boolean }) {
  const place = useRef<HTMLDivElement>(null);
  const [broken, setBroken] = useState(player.error !== null);

  useEffect(() => {
    const failed = () => setBroken(true);
    player.addEventListener("error", failed);
    place.current?.prepend(player);
    return () => player.removeEventListener("error", failed);
  }, [player]);

  return (
    <div class="practice" ref={place} hidden={hidden}>
      {broken && (
        <Notice kind="warning" text="The practice video can't be played here. Choose a video in the library." />
      )}
      <p class="hint">
        A film to practise on. Play it, hold the button, and say what you see. For videos elsewhere, use Sidenote's
        extension: it works beside them.
      </p>
    </div>
  );
}

function Away({ elsewhere, onBack }: { readonly elsewhere: Elsewhere; readonly onBack: () => void }) {
  const { video, atS } = elsewhere;
  const site = SITES[video.platform];
  const address = addressOf(elsewhere);
  const isWeb = /^https?:/i.test(address);
  return (
    <div class="away">
      <h2>{video.title || video.url}</h2>
      <p class="hint">It plays on its own page. Its notes are here.</p>
      <div class="away-acts">
        {isWeb && (
          <a class="button main" href={address} target="_blank" rel="noopener noreferrer">
            <Icon name="open" />
            Open it{site && ` at ${site}`}
            {atS !== null && ` at ${formatTime(atS)}`}
          </a>
        )}
        <button type="button" class="button" onClick={onBack}>
          Back to the practice video
        </button>
      </div>
    </div>
  );
}
