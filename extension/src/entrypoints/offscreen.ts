// The offscreen document: carries ports and messages of the browser to the booth, which does the rest. It can reach
// `chrome.runtime` alone; what it must know of the settings, the background tells it.

import { loadVad, openOpus, type Vad } from "@sidenote/offscreen";
import type { ToBackground, ToOffscreen, World } from "../parts/messages";
import type { Subject } from "../parts/subject";
import { openMicrophone } from "../setup/microphone";
import { type Booth, openBooth } from "../talk/booth";
import type { BackPagePort, FromView, OverPagePort, ToView } from "../talk/messages";
import { PAGE_PORT, TALK_PORT } from "../talk/messages";
import { portOf } from "../talk/port";

const OURS = chrome.runtime.getURL("");
const MODEL = chrome.runtime.getURL("models/silero_vad_v6.onnx");
const ONNXRUNTIME = chrome.runtime.getURL("ort/");

const booth = open();
booth.catch(() => window.close()); // whoever needs it next has another one made

chrome.runtime.onConnect.addListener((port) => {
  const tabId = port.sender?.tab?.id;
  if (port.name === TALK_PORT && isOurs(port.sender)) {
    const view = portOf<FromView, ToView>(port);
    void booth.then((opened) => opened.view(view));
  } else if (port.name === PAGE_PORT && tabId !== undefined) {
    const page = portOf<OverPagePort, BackPagePort>(port);
    void booth.then((opened) => opened.page(tabId, page));
  }
});

chrome.runtime.onMessage.addListener((message: ToOffscreen, sender) => {
  if (message.to === "offscreen" && isOurs(sender)) void booth.then((opened) => opened.hear(message));
});

async function open(): Promise<Booth> {
  const [world, opus] = await Promise.all([ask<World>({ to: "background", type: "world" }), openOpus()]);
  const opened = openBooth({
    world,
    openMicrophone,
    loadVad: loadJudge,
    opus,
    subjectOf: (tabId) => ask<Subject | null>({ to: "background", type: "subject", tabId }).catch(() => null),
    tell: (message) => void ask(message).catch(() => undefined), // the next change is told anew
    onIdle: () => window.close(),
  });
  addEventListener("error", ({ error }) => opened.figures.failed(error));
  addEventListener("unhandledrejection", ({ reason }) => opened.figures.failed(reason));
  return opened;
}

async function loadJudge(): Promise<Vad> {
  const model = await fetch(MODEL).then((file) => file.arrayBuffer());
  return loadVad({ model: new Uint8Array(model), wasmPaths: ONNXRUNTIME });
}

function ask<T = unknown>(message: ToBackground): Promise<T> {
  return chrome.runtime.sendMessage<ToBackground, T>(message);
}

/** Not a content script, which may be under a page's control. */
function isOurs(sender: chrome.runtime.MessageSender | undefined): boolean {
  return sender?.url?.startsWith(OURS) ?? false;
}
