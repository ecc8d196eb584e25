// The server's own page.

import "../look/index.css";
import "./web.css";
import { render } from "preact";
import { App } from "./App";
import { webHost } from "./host";
import { keptSettings } from "./settings";

const kept = keptSettings(window);

function practicePlayer(): HTMLVideoElement {
  const player = document.createElement("video");
  Object.assign(player, { id: "player", controls: true, playsInline: true, preload: "auto" });
  player.setAttribute("aria-label", "A film of drawn scenes, just under two minutes, with music and without words");
  player.src = new URL("practice/video.webm", document.baseURI).href;
  return player;
}

const open = () => webHost(kept, practicePlayer());
const place = document.getElementById("app");
if (place) render(<App kept={kept} open={open} />, place);
