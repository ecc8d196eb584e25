// The side panel.

import "../look/index.css";
import { render } from "preact";
import { extensionHost } from "../panel/extensionHost";
import { Panel } from "../panel/Panel";

const place = document.getElementById("app");
if (place) {
  const host = await extensionHost("side panel");
  render(<Panel host={host} />, place);
}
