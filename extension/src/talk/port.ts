// A port of the extension with its two languages. It listens from the moment it is made, so nothing that comes before
// somebody takes it is lost.

/** What is used of `chrome.runtime.Port`. */
export interface RawPort {
  postMessage(message: unknown): void;
  disconnect(): void;
  readonly onMessage: { addListener(listener: (message: unknown) => void): void };
  readonly onDisconnect: { addListener(listener: () => void): void };
}

export interface Port<In, Out> {
  /** Does nothing once the other side is gone. */
  send(message: Out): void;
  /** Once. Tells first what has come already. */
  listen(onMessage: (message: In) => void, onGone: () => void): void;
  /** `onGone` is not called for it. */
  close(): void;
}

export function portOf<In, Out>(raw: RawPort): Port<In, Out> {
  const early: In[] = [];
  let isGone = false;
  let hear = (message: In): void => void early.push(message);
  let gone = (): void => undefined;

  raw.onMessage.addListener((message) => hear(message as In));
  raw.onDisconnect.addListener(() => {
    isGone = true;
    gone();
  });
  return {
    send(message) {
      if (!isGone) raw.postMessage(message);
    },
    listen(onMessage, onGone) {
      for (const message of early.splice(0)) onMessage(message);
      hear = onMessage;
      gone = onGone;
      if (isGone) onGone();
    },
    close() {
      isGone = true;
      gone = () => undefined;
      raw.disconnect();
    },
  };
}
