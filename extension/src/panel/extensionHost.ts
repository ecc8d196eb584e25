// The host of a page of the extension: settings from its storage, the subject from the active tab, and the microphone in
// the offscreen document.

import { momentOf } from "../export/moment";
import { variable } from "../hub/observable";
import type { Engaged, ToBackground } from "../parts/messages";
import type { Settings } from "../parts/settings";
import { settingsStore } from "../parts/store";
import type { TabId } from "../parts/tabs";
import { hubsOf } from "../review/hubs";
import { TALK_PORT } from "../talk/messages";
import { remoteTalk } from "../talk/remote";
import { activeTab } from "./activeTab";
import type { LibraryVideo, PanelHost } from "./host";

export async function extensionHost(client: string): Promise<PanelHost & { readonly windowId: number }> {
  const settings = variable<Settings>(await settingsStore.read());
  settingsStore.watch(settings.set);
  const save = (change: Partial<Settings>) => void settingsStore.write(change);
  const { hub } = hubsOf(settings, { saveToken: (token) => save({ token }) });
  const engage = (tabId: TabId | null) =>
    chrome.runtime.sendMessage<ToBackground, Engaged>({ to: "background", type: "engage", tabId });
  const talk = remoteTalk(() => chrome.runtime.connect({ name: TALK_PORT }), engage);
  addEventListener("pagehide", () => talk.close());
  const { windowId, subject, obstacle } = await activeTab(engage);

  function openVideo({ platform, externalId, url }: LibraryVideo, atS: number | null): void {
    const shown = subject.now?.video;
    const isShown = shown?.platform === platform && shown.external_id === externalId;
    if (isShown && atS !== null) talk.command({ action: "seek", to_s: atS });
    if (isShown) return;
    const address = momentOf(url, atS, `${settings.now.server}/practice`);
    if (/^https?:/i.test(address)) void chrome.tabs.create({ url: address });
  }

  return {
    windowId,
    client,
    settings,
    save,
    hub,
    subject,
    obstacle,
    talk,
    openVideo,
    openOptions: () => void chrome.runtime.openOptionsPage(),
    allowMicrophone: () => void chrome.tabs.create({ url: chrome.runtime.getURL("microphone.html#microphone") }),
  };
}
