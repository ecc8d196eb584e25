// @vitest-environment happy-dom
// extension/src/popup: holding, letting go in every way, and the ways out of the popup.

import { act } from "preact/test-utils";
import { afterEach, expect, it } from "vitest";
import type { Hub } from "../../../extension/src/hub/socket";
import { Popup } from "../../../extension/src/popup/Popup";
import { pageHub } from "../hub/page";
import { practice, scripted } from "../panel/host";
import { click, mount, one, pointer, send, unmount } from "../ui/mount";

const hubs: Hub[] = [];

afterEach(() => {
  unmount();
  for (const hub of hubs.splice(0)) hub.close();
});

/** Nobody is at the address: what is said is kept all the same. */
function opened() {
  const hub = pageHub("http://127.0.0.1:9", null);
  hubs.push(hub);
  const all = scripted(hub, practice());
  mount(<Popup host={all.host} />);
  return all;
}

it("talks while the button is held, and a page that goes lets go", () => {
  const { sent, say } = opened();
  pointer(one(".record-button"), "pointerdown");
  act(() => say({ capture: "recording" }));
  expect(one(".record-words").textContent).toBe("Let go to finish");
  send(window, new Event("pagehide"));
  expect(sent.map(({ type }) => type)).toEqual(["key_down", "key_up"]);
});

it("lets go once when it is closed while the button is held", () => {
  const { sent } = opened();
  pointer(one(".record-button"), "pointerdown");
  unmount();
  expect(sent.map(({ type }) => type)).toEqual(["key_down", "key_up"]);
});

it("opens the microphone ahead for who has talked before", () => {
  const { sent, say } = opened();
  pointer(one(".talking-button"), "pointerenter", { bubbles: false });
  act(() => say({ times: { downMs: 1, heardMs: 2, upMs: 3 } }));
  pointer(one(".talking-button"), "pointerenter", { bubbles: false });
  pointer(one(".talking-button"), "pointerleave", { bubbles: false });
  expect(sent.map(({ type }) => type)).toEqual(["arm", "disarm"]);
});

it("leads to the panel and to the options", () => {
  const { host } = opened();
  click(one(".popup-foot button"));
  click(one("[aria-label=Settings]"));
  expect([host.openPanel, host.openOptions].map((each) => each.mock.calls.length)).toEqual([1, 1]);
});

it("changes how the button is used", () => {
  const { host } = opened();
  const box = one<HTMLInputElement>("[role=switch]");
  box.checked = true;
  send(box, new Event("change", { bubbles: true }));
  expect(host.settings.now.mode).toBe("hands-free");
  expect(one(".record-words").textContent).toBe("Start talking");
});
