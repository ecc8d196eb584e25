// The popup. It closes when the side panel opens: both at once would be two of the same.

import "../look/index.css";
import { render } from "preact";
import { extensionHost } from "../panel/extensionHost";
import { Popup } from "../popup/Popup";

const place = document.getElementById("app");
if (place) {
  const host = await extensionHost("popup");
  const openPanel = () => {
    chrome.sidePanel.open({ windowId: host.windowId }).then(
      () => close(),
      () => undefined, // the moment of the click has passed: the person clicks again
    );
  };
  render(<Popup host={{ ...host, openPanel }} />, place);
}
