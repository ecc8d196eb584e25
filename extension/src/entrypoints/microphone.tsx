// The page that asks for the microphone, which is also where a person begins: opens what it needs of the browser.

import "../look/index.css";
import "../look/pages.css";
import { render } from "preact";
import { checkServer } from "../hub/check";
import { variable } from "../hub/observable";
import type { PanelHost } from "../panel/host";
import type { Settings } from "../parts/settings";
import { settingsStore } from "../parts/store";
import { microphoneAccess } from "../setup/access";
import { openMicrophone } from "../setup/microphone";
import { openPage, openSiteSettings } from "../setup/pages";
import { practiceHost } from "../setup/practice";
import { Setup } from "../setup/Setup";

const settings = variable(await settingsStore.read());
settingsStore.watch(settings.set);
const save = (change: Partial<Settings>) => void settingsStore.write(change);
const openOptions = () => void chrome.runtime.openOptionsPage();
const { id: windowId } = await chrome.windows.getCurrent();
const access = await microphoneAccess();
let practice: PanelHost | null = null;

const host = {
  settings,
  save,
  check: checkServer,
  access,
  openMicrophone,
  practise() {
    practice ??= practiceHost({ settings, save, openOptions });
    return practice;
  },
  openOptions,
  // Nothing may be awaited before: the browser opens it only at a click.
  openPanel: () => void (windowId !== undefined && chrome.sidePanel.open({ windowId })),
  openSiteSettings,
  openPractice: () => openPage(`${settings.now.server}/practice`),
};

const place = document.getElementById("app");
if (place) render(<Setup host={host} hash={location.hash} />, place);
