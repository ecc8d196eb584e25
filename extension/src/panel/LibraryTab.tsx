// All videos with notes, and a search through what was said about any of them.

import { useId, useMemo, useState } from "preact/hooks";
import type { Hub } from "../hub/socket";
import { claimsOf } from "../hub/token";
import { Icon } from "../look/Icon";
import { placeOf } from "../sites/catalogue";
import { Empty } from "../ui/Empty";
import { Category } from "../ui/NoteRow";
import { Notice } from "../ui/Notice";
import { statusWords } from "../ui/note";
import { formatTime } from "../ui/time";
import { ACTION_WORDS, connectionWords, REFUSED_WORDS } from "../view/words";
import type { LibraryVideo, Note, VideoName } from "../wire/messages";
import type { LibraryVideo as OpenedVideo, PanelHost } from "./host";
import { useLibrary } from "./useLibrary";
import { useObservable } from "./useObservable";

const SITES: Readonly<Record<string, string>> = {
  youtube: "YouTube",
  vimeo: "Vimeo",
  twitch: "Twitch",
  frameio: "Frame.io",
  practice: "Practice video",
  generic: "Web page",
};

export interface LibraryTabProps {
  readonly host: PanelHost;
  readonly openOptions: () => void;
}

export function LibraryTab({ host, openOptions }: LibraryTabProps) {
  const hub = useObservable(host.hub);
  const { token } = useObservable(host.settings);
  const userId = useMemo(() => claimsOf(token)?.userId ?? null, [token]);
  const [words, setWords] = useState("");
  const library = useLibrary(hub, userId, words);
  const { state, videos, notes, names, more, refusal, readOn } = library;
  const id = useId();
  const isSearch = words.trim() !== "";
  const isEmpty = videos.length === 0 && notes.length === 0;

  return (
    <div class="library">
      <search class="filters-words">
        <Icon name="search" />
        <label class="unseen" for={id}>
          Find in all videos and notes
        </label>
        <input
          id={id}
          class="input"
          type="search"
          placeholder="Find in all videos and notes"
          value={words}
          onInput={(event) => setWords(event.currentTarget.value)}
        />
      </search>
      {refusal !== null && <Notice kind="warning" text={refusal} />}
      {isEmpty && state === "loading" && <Waiting hub={hub} signedIn={userId !== null} openOptions={openOptions} />}
      {isEmpty && state === "ready" && isSearch && (
        <Empty title="Nothing found" text="Look for other words: all of them have to be there." icon="search" />
      )}
      {isEmpty && state === "ready" && !isSearch && (
        <Empty title="No videos yet" text="Each video that you take notes of stands here." />
      )}
      {videos.length > 0 && (
        <section aria-label="Videos">
          {isSearch && <h3>Videos</h3>}
          <ul class="library-list">
            {videos.map((video) => (
              <li key={video.id}>
                <VideoLine video={video} onOpen={() => host.openVideo(openedVideo(video), null)} />
              </li>
            ))}
          </ul>
          {more && (
            <button type="button" class="button" onClick={readOn}>
              Show more
            </button>
          )}
        </section>
      )}
      {notes.length > 0 && (
        <section aria-label="Notes found">
          <h3>Notes</h3>
          <ul class="library-list">
            {notes.map((note) => (
              <li key={note.id}>
                <NoteLine
                  note={note}
                  name={names[note.video_id]}
                  onOpen={(name) => host.openVideo(namedVideo(note.video_id, name), note.timestamp_s)}
                />
              </li>
            ))}
          </ul>
        </section>
      )}
    </div>
  );
}

interface WaitingProps {
  readonly hub: Hub;
  readonly signedIn: boolean;
  readonly openOptions: () => void;
}

/** Why nothing has come yet, and what to do. */
function Waiting({ hub, signedIn, openOptions }: WaitingProps) {
  const connection = useObservable(hub.connection);
  if (signedIn && !("why" in connection)) return <Empty title="One moment" text="Looking through your videos…" />;
  const { words, action } = signedIn ? connectionWords(connection) : REFUSED_WORDS.token_missing;
  const isOptions = action === "open_options" || action === "get_token";
  return (
    <Empty
      title={signedIn ? "Offline" : "Not signed in"}
      text={words}
      icon="warning"
      action={action ? { label: ACTION_WORDS[action], onAct: isOptions ? openOptions : hub.retry } : undefined}
    />
  );
}

function VideoLine({ video, onOpen }: { readonly video: LibraryVideo; readonly onOpen: () => void }) {
  const count = video.notes === 1 ? "1 note" : `${video.notes} notes`;
  const left = video.unposted > 0 ? `, ${video.unposted} not posted` : "";
  return (
    <button type="button" class="library-line" onClick={onOpen}>
      <span class="library-title">{video.title || video.url}</span>
      <span class="hint">
        {SITES[video.platform] ?? video.platform}
        {video.duration_s !== null && ` · ${formatTime(video.duration_s)}`} · {count}
        {left}
      </span>
    </button>
  );
}

interface NoteLineProps {
  readonly note: Note;
  readonly name: VideoName | undefined;
  readonly onOpen: (name: VideoName) => void;
}

function NoteLine({ note, name, onOpen }: NoteLineProps) {
  const { word, tone } = statusWords(note.status);
  return (
    <button type="button" class="library-line" aria-disabled={!name} onClick={() => name && onOpen(name)}>
      <span class="library-note">
        <span class="timecode library-time">{formatTime(note.timestamp_s)}</span>
        <span>{note.text}</span>
      </span>
      <span class="library-facts hint">
        <Category category={note.category} />
        <span class={`tone-${tone}`}>{word}</span>
        <span class="library-of">{name?.title || name?.url}</span>
      </span>
    </button>
  );
}

function openedVideo({ id, platform, external_id, url, title }: LibraryVideo): OpenedVideo {
  return { id, platform, externalId: external_id, url, title };
}

/** A found note's video is known by its address alone, which says the rest. */
function namedVideo(id: string, { title, url }: VideoName): OpenedVideo {
  const place = placeOf(url, null);
  return { id, platform: place?.site.platform ?? "generic", externalId: place?.externalId ?? "", url, title };
}
