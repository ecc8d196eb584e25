// Where a person has allowed every site, the content script runs on every site: registered and taken back with the
// permission.

const EVERY_SITE = "*://*/*";
const SCRIPT: chrome.scripting.RegisteredContentScript = {
  id: "every-site",
  matches: [EVERY_SITE],
  js: ["content.js"],
  runAt: "document_idle",
};

export async function matchPermission(): Promise<void> {
  const allowed = await chrome.permissions.contains({ origins: [EVERY_SITE] });
  const ids = [SCRIPT.id];
  const registered = (await chrome.scripting.getRegisteredContentScripts({ ids })).length > 0;
  if (allowed && !registered) await chrome.scripting.registerContentScripts([SCRIPT]);
  if (!allowed && registered) await chrome.scripting.unregisterContentScripts({ ids });
}
