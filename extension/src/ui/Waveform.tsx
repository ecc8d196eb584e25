// The last seconds of the microphone as bars, newest at the right, 20 times a second. Flat where the person asked for
// less motion. For the eye only: what it shows is also said in words beside it.

import { useEffect, useRef } from "preact/hooks";
import { loudness } from "./loudness";

/** Calls back with each level (0 to 1) until the function that it returns is called. */
export type LevelSource = (onLevel: (level: number) => void) => () => void;

export interface WaveformProps {
  readonly levels: LevelSource;
  readonly active: boolean;
}

const FRAME_MS = 50;
const BAR_PX = 3;
const GAP_PX = 2;

export function Waveform({ levels, active }: WaveformProps) {
  const canvas = useRef<HTMLCanvasElement>(null);

  useEffect(() => {
    const still = matchMedia("(prefers-reduced-motion: reduce)").matches;
    const shown: number[] = [];
    let loudest = 0;
    const draw = () => canvas.current && paint(canvas.current, shown);
    draw();
    const observer = new ResizeObserver(draw);
    if (canvas.current) observer.observe(canvas.current);
    if (!active || still) return () => observer.disconnect();
    const stop = levels((level) => {
      loudest = Math.max(loudest, level);
    });
    const timer = setInterval(() => {
      shown.push(loudness(loudest));
      loudest = 0;
      if (shown.length > 400) shown.shift();
      draw();
    }, FRAME_MS);
    return () => {
      observer.disconnect();
      clearInterval(timer);
      stop();
    };
  }, [levels, active]);

  // biome-ignore lint/a11y/noAriaHiddenOnFocusable: a canvas can't take the focus
  return <canvas ref={canvas} class={active ? "waveform active" : "waveform"} aria-hidden="true" />;
}

function paint(canvas: HTMLCanvasElement, shown: readonly number[]): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const ratio = devicePixelRatio || 1;
  const [widthPx, heightPx] = [canvas.clientWidth, canvas.clientHeight];
  const [width, height] = [Math.round(widthPx * ratio), Math.round(heightPx * ratio)];
  if (canvas.width !== width || canvas.height !== height) [canvas.width, canvas.height] = [width, height];
  context.setTransform(ratio, 0, 0, ratio, 0, 0);
  context.clearRect(0, 0, widthPx, heightPx);
  context.fillStyle = getComputedStyle(canvas).color;
  const bars = Math.floor((widthPx + GAP_PX) / (BAR_PX + GAP_PX));
  for (let bar = 0; bar < bars; bar++) {
    const share = shown[shown.length - bars + bar] ?? 0;
    const tall = Math.max(2, share * heightPx);
    context.globalAlpha = share === 0 ? 0.35 : 1;
    context.fillRect(bar * (BAR_PX + GAP_PX), (heightPx - tall) / 2, BAR_PX, tall);
  }
  context.globalAlpha = 1;
}
