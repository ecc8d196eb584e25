// The options page: opens what it needs of the browser and draws it.

import "../look/index.css";
import "../look/pages.css";
import { render } from "preact";
import { checkServer } from "../hub/check";
import { variable } from "../hub/observable";
import { devices, everySite, openShortcuts, shortcuts } from "../options/browser";
import type { OptionsHost } from "../options/host";
import { Options } from "../options/Options";
import { forgetEverything, settingsStore } from "../parts/store";
import { hubsOf } from "../review/hubs";
import { microphoneAccess } from "../setup/access";
import { openMicrophone } from "../setup/microphone";
import { openPage } from "../setup/pages";
import { isMac } from "../ui/keys";

const settings = variable(await settingsStore.read());
settingsStore.watch(settings.set);

const host: OptionsHost = {
  settings,
  save: settingsStore.write,
  check: checkServer,
  connect: () => hubsOf(settings, { saveToken: (token) => void settingsStore.write({ token }) }),
  access: await microphoneAccess(),
  openMicrophone,
  devices,
  everySite,
  shortcuts,
  openShortcuts,
  openSetup: () => openPage("microphone.html#microphone"),
  forget: forgetEverything,
  mac: isMac(navigator.platform),
};

const place = document.getElementById("app");
if (place) render(<Options host={host} />, place);
