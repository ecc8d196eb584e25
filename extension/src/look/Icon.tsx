// The drawings beside words, 16 px, in the colour of the text around them. They never carry a meaning alone: the
// control that holds one has a name.

const PATHS = {
  check: "M3 8.5 6.5 12 13 4.5",
  chevron: "M4 6.5 8 10.5 12 6.5",
  close: "M4 4 12 12 M12 4 4 12",
  clock: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2 M8 5v3.2l2 1.3",
  download: "M8 2.5v7.5 M4.8 7 8 10.2 11.2 7 M3 13.2h10",
  error: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2 M8 5v3.6 M8 11v.1",
  info: "M8 2.2a5.8 5.8 0 1 0 0 11.6A5.8 5.8 0 0 0 8 2.2 M8 7.4V11 M8 5v.1",
  microphone:
    "M8 1.8a2.2 2.2 0 0 0-2.2 2.2v3.6a2.2 2.2 0 0 0 4.4 0V4A2.2 2.2 0 0 0 8 1.8 M3.4 7.4a4.6 4.6 0 0 0 9.2 0 M8 12v2.2",
  note: "M3 2.8h10v7.4L10 13.2H3z M10 13.2v-3h3 M5.5 5.6h5 M5.5 8h3",
  open: "M6.5 3.2H3.2v9.6h9.6V9.5 M9.2 2.8h4v4 M13 3 7.5 8.5",
  pencil: "M2.8 13.2l.7-3L10.6 3l2.4 2.4-7.1 7.1z M9.2 4.4l2.4 2.4",
  retry: "M13 8a5 5 0 1 1-1.6-3.7 M13.2 2.2v3h-3",
  scratch: "M3 4.5h10 M6.2 4.5V2.8h3.6v1.7 M4.4 4.5l.6 8.7h6l.6-8.7 M6.8 7v3.8 M9.2 7v3.8",
  search: "M7 2.6a4.4 4.4 0 1 0 0 8.8 4.4 4.4 0 0 0 0-8.8 M10.3 10.3l3.2 3.2",
  sliders: "M2.5 4.8h6 M12.5 4.8h1 M10.5 3v3.6 M2.5 11.2h1 M7.5 11.2h6 M5.5 9.4V13",
  send: "M13.5 2.5 2.5 7l4.3 2.2L9 13.5z M13.5 2.5 6.8 9.2",
  stop: "M4.5 4.5h7v7h-7z",
  warning: "M8 2.4 14 13H2z M8 6.4v3 M8 11.3v.1",
} as const;

export type IconName = keyof typeof PATHS;

export function Icon({ name }: { readonly name: IconName }) {
  return (
    <svg
      class="icon"
      viewBox="0 0 16 16"
      fill="none"
      stroke="currentColor"
      stroke-width="1.5"
      stroke-linecap="round"
      stroke-linejoin="round"
      aria-hidden="true"
      focusable="false"
    >
      <path d={PATHS[name]} />
    </svg>
  );
}
