// The side panel. The browser opens it only in the very moment in which a person asks: nothing may be awaited before.

export function openPanel(windowId: number): void {
  chrome.sidePanel.open({ windowId }).catch(() => undefined); // the moment has passed: the person asks again
}
