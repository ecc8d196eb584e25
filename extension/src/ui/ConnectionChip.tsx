// Whether the server is there, and how much speech waits to be sent. A change is announced; the counting is not.

export interface ConnectionChipProps {
  readonly state: "connecting" | "online" | "offline";
  /** Seconds of speech that the server does not have yet. */
  readonly waitingS: number;
}

const WORDS = { connecting: "Connecting", online: "Online", offline: "Offline" } as const;

export function ConnectionChip({ state, waitingS }: ConnectionChipProps) {
  const seconds = Math.ceil(waitingS);
  return (
    <span class={`chip ${state}`}>
      <span class="chip-dot" />
      <span role="status">{WORDS[state]}</span>
      {seconds > 0 && (
        <span class="timecode" title="Speech that is kept here until the server has it">
          · {seconds} s to send
        </span>
      )}
    </span>
  );
}
