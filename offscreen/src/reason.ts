// Why a microphone failed, as `capture_failed` takes it. Says nothing to anybody.

const MOST = 200; // characters

/** Cut to length, and without half an emoji, which would close the connection. */
export function reasonOf(text: string): string {
  return new TextDecoder().decode(new TextEncoder().encode(text.slice(0, MOST)));
}
