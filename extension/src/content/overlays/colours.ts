// The colours of the overlays, light and dark. Words keep a contrast of 4.5 to 1 on the faintest card over any picture.

export interface Colours {
  readonly ground: string;
  readonly ink: string;
  readonly quiet: string;
  readonly edge: string;
  readonly problem: string;
  readonly focus: string;
}

export const LIGHT: Colours = {
  ground: "#ffffff",
  ink: "#1b1a20",
  quiet: "#3d3a45",
  edge: "#d8d5de",
  problem: "#7a1712",
  focus: "#0b57d0",
};

export const DARK: Colours = {
  ground: "#201e26",
  ink: "#f4f2f8",
  quiet: "#dedbe6",
  edge: "#47434f",
  problem: "#ffdad4",
  focus: "#a8c7fa",
};

/** As custom properties: `--ground: #ffffff; …` */
export function asProperties(colours: Colours): string {
  return Object.entries(colours)
    .map(([name, value]) => `--${name}: ${value};`)
    .join(" ");
}
