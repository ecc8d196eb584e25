// The sections of the options, and which one an address means.

export interface Section {
  readonly id: SectionId;
  readonly title: string;
}

export type SectionId = "server" | "microphone" | "talking" | "keys" | "sites" | "look" | "posting" | "privacy";

export const SECTIONS: readonly Section[] = [
  { id: "server", title: "Server" },
  { id: "microphone", title: "Microphone" },
  { id: "talking", title: "Talking" },
  { id: "keys", title: "Keys" },
  { id: "sites", title: "Sites" },
  { id: "look", title: "Look" },
  { id: "posting", title: "Posting" },
  { id: "privacy", title: "Privacy" },
];

/** Of `#microphone` the microphone; the first where it means none. */
export function sectionOf(hash: string): SectionId {
  return SECTIONS.find(({ id }) => hash === `#${id}`)?.id ?? "server";
}
