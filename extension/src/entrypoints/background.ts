// The service worker: hears what happens in the browser and passes it on. It may be stopped at any time, so it keeps
// nothing in memory, and all of its listeners are there as soon as it starts.

import { onCommand } from "../background/commands";
import { matchPermission } from "../background/everywhere";
import { correctRecording } from "../background/recording";
import { onMessage } from "../background/router";
import { follow, tabAttached, tabClosed, tabDetached } from "../background/tabs";
import { tellSettings } from "../background/world";
import { keepFromPages, settingsStore } from "../parts/store";

chrome.runtime.onMessage.addListener(onMessage);
chrome.tabs.onActivated.addListener(({ windowId }) => void follow(windowId));
chrome.tabs.onDetached.addListener((tabId) => void tabDetached(tabId));
chrome.tabs.onAttached.addListener((tabId, { newWindowId }) => void tabAttached(tabId, newWindowId));
chrome.tabs.onRemoved.addListener((tabId) => void tabClosed(tabId));
chrome.commands.onCommand.addListener(onCommand);
chrome.permissions.onAdded.addListener(() => void matchPermission());
chrome.permissions.onRemoved.addListener(() => void matchPermission());
chrome.runtime.onInstalled.addListener(({ reason }) => {
  if (reason === "install") void chrome.tabs.create({ url: chrome.runtime.getURL("microphone.html") });
});
settingsStore.watch((settings) => void tellSettings(settings));

void keepFromPages();
void matchPermission();
void correctRecording();
