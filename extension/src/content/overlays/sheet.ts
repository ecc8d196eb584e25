// How the overlays look. A constructable sheet: a page's Content-Security-Policy does not reach it, and the page's own
// styles don't reach what it styles.

import { asProperties, DARK, LIGHT } from "./colours";

/** Of the host, each against the page's rules for it: inside a shadow root, `!important` wins over the page. */
const HOST = `
:host {
  all: initial !important;
  position: fixed !important;
  inset: 0 !important;
  width: auto !important;
  height: auto !important;
  margin: 0 !important;
  padding: 0 !important;
  border: 0 !important;
  background: none !important;
  overflow: hidden !important;
  display: block !important;
  pointer-events: none !important;
  z-index: 2147483647 !important;
  contain: strict !important;
}`;

const TOKENS = `
:host { ${asProperties(LIGHT)} --shade: 0 2px 10px rgb(0 0 0 / 0.35); }
@media (prefers-color-scheme: dark) { :host { ${asProperties(DARK)} } }`;

const PARTS = `
[hidden] { display: none !important; }
.frame {
  position: absolute;
  box-sizing: border-box;
  overflow: hidden;
  container-type: size;
  font: 14px/1.4 system-ui, sans-serif;
  color: var(--ink);
}
.anchor { position: absolute; top: 12px; left: 12px; display: flex; gap: 6px; flex-wrap: wrap; }
.chip, .emoji {
  background: var(--ground);
  border: 1px solid var(--edge);
  border-radius: 999px;
  box-shadow: var(--shade);
  padding: 3px 11px;
  font-variant-numeric: tabular-nums;
  font-weight: 600;
  animation: appear 160ms ease-out;
}
.emoji { padding: 3px 8px; }
.ghosts {
  position: absolute;
  left: 12px;
  bottom: 68px;
  width: min(320px, calc(100% - 24px));
  display: flex;
  flex-direction: column;
  gap: 8px;
}
.ghost {
  background: var(--ground);
  border: 1px dashed var(--quiet);
  border-radius: 10px;
  box-shadow: var(--shade);
  padding: 9px 12px 10px;
  opacity: var(--seen);
  animation: appear 160ms ease-out;
  transition: opacity 120ms;
}
.ghost:focus-within, .ghost:has(button:hover), .ghost.told { opacity: 1; }
.ghost p { margin: 0; overflow-wrap: anywhere; }
.words { display: -webkit-box; -webkit-box-orient: vertical; -webkit-line-clamp: 3; overflow: hidden; }
.ghost .about, .ghost .spoken { color: var(--quiet); font-size: 12px; font-variant-numeric: tabular-nums; margin-bottom: 2px; }
.ghost .problem { color: var(--problem); font-size: 13px; margin-top: 4px; }
.ghost .spoken { display: none; margin-top: 4px; }
:host(:popover-open) .ghost .spoken { display: block; }
:host(:popover-open) .actions { display: none; }
.actions { display: flex; gap: 8px; margin-top: 8px; }
button {
  all: unset;
  box-sizing: border-box;
  pointer-events: auto;
  cursor: pointer;
  min-height: 28px;
  padding: 3px 12px;
  border-radius: 999px;
  border: 1px solid var(--quiet);
  font: 600 13px/1.4 system-ui, sans-serif;
  text-align: center;
}
button.main { background: var(--ink); border-color: var(--ink); color: var(--ground); }
button:hover { text-decoration: underline; }
button:focus-visible { outline: 2px solid var(--focus); outline-offset: 2px; }
button[aria-disabled="true"] { cursor: default; opacity: 0.6; text-decoration: none; }
.more {
  align-self: flex-start;
  margin: 0;
  background: var(--ground);
  border-radius: 999px;
  padding: 2px 10px;
  font-size: 12px;
  color: var(--quiet);
}
.track { position: absolute; }
.marker {
  position: absolute;
  top: -3px;
  bottom: -3px;
  width: 4px;
  margin-left: -2px;
  border-radius: 2px;
  background: #ffd166;
  box-shadow: 0 0 0 1px rgb(0 0 0 / 0.7);
}
.marker.ghostly { background: #ffffff; opacity: 0.85; }
.marker.posted { background: #7ee0a1; }
.marker.wrong { background: #ff8a80; }
@container (max-height: 260px) { .more { display: none; } .ghosts { bottom: 8px; } .words { -webkit-line-clamp: 1; } }
@keyframes appear { from { opacity: 0; transform: translateY(4px); } }
@media (prefers-reduced-motion: reduce) {
  .chip, .emoji, .ghost { animation: none; transition: none; }
}`;

export function overlaySheet(): CSSStyleSheet {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(HOST + TOKENS + PARTS);
  return sheet;
}
