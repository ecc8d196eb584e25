// Pages of the browser and of the extension, each opened in a tab of its own.

export function openPage(address: string): void {
  void chrome.tabs.create({ url: address });
}

/** Where a person takes back that Sidenote may not use the microphone. */
export function openSiteSettings(): void {
  openPage(`chrome://settings/content/siteDetails?site=${encodeURIComponent(location.origin)}`);
}
