// @vitest-environment happy-dom
// extension/src/options/AutoPost.tsx and usePreferences.ts: the switch shows what the real server keeps, whoever changes
// it, and changes it there.

import { afterAll, afterEach, beforeAll, expect, test, vi } from "vitest";
import { type Followed, follow } from "../../../extension/src/hub/followed";
import { variable } from "../../../extension/src/hub/observable";
import type { Hub } from "../../../extension/src/hub/socket";
import { AutoPost } from "../../../extension/src/options/AutoPost";
import type { TopicAction } from "../../../extension/src/view/action";
import type { Preferences } from "../../../extension/src/wire/messages";
import { pageHub, record } from "../hub/page";
import { openRelay, type Relay } from "../hub/relay";
import { dataFolder, type Server, startServer } from "../hub/server";
import { click, mount, one, unmount } from "../ui/mount";

const LIMIT_MS = 20_000;
const folder = dataFolder();
const hubs: Hub[] = [];
let server: Server;
let relay: Relay;

beforeAll(async () => {
  server = await startServer(folder);
  relay = await openRelay(server.port);
}, LIMIT_MS);

afterEach(async () => {
  unmount();
  relay.mend();
  await elsewhere().push("set_preferences", { auto_post: null });
  for (const hub of hubs.splice(0)) hub.close();
});

afterAll(async () => {
  await relay.close();
  await server.kill();
  folder.remove();
});

function connected(address: string): Hub {
  const hub = pageHub(address, server.token);
  hubs.push(hub);
  return hub;
}

/** Another browser of the same person. */
function elsewhere(take: (action: TopicAction) => void = () => {}): Followed<"user"> {
  return follow<"user">(connected(server.address), "user:local", take);
}

function open(address = relay.address, token = server.token) {
  const onSaved = vi.fn();
  mount(<AutoPost hub={variable(connected(address))} token={token} onSaved={onSaved} />);
  return { onSaved };
}

const input = () => one<HTMLInputElement>("input[role=switch]");
const shows = (words: string) => vi.waitFor(() => expect(one("[role=status]").textContent).toContain(words), LIMIT_MS);
const kept = async (): Promise<Preferences | null> => {
  const answer = await elsewhere().push("get_preferences", {});
  return answer.ok ? answer.response.preferences : null;
};

test("what was never chosen is as the server is set", { timeout: LIMIT_MS }, async () => {
  open();
  await shows("as the server is set, which is off");
  expect([input().checked, input().disabled]).toEqual([false, false]);
  expect(document.querySelector("button")).toBeNull();
});

test("a choice is kept by the server, and can be given back", { timeout: LIMIT_MS }, async () => {
  const { onSaved } = open();
  await shows("which is off");
  click(input());
  await shows("You have chosen this");
  expect(input().checked).toBe(true);
  await vi.waitFor(() => expect(onSaved).toHaveBeenCalledOnce());
  expect(await kept()).toEqual({ auto_post: true, auto_post_default: false });
  click(input());
  await vi.waitFor(async () => expect((await kept())?.auto_post).toBe(false), LIMIT_MS);
  await shows("You have chosen this"); // off is a choice too
  click(one("button"));
  await shows("as the server is set");
  expect((await kept())?.auto_post).toBeNull();
});

test("a choice in one browser reaches the others", { timeout: LIMIT_MS }, async () => {
  const told = record<TopicAction>();
  const other = elsewhere(told.take);
  await told.next(({ kind }) => kind === "snapshot");
  open();
  await shows("which is off");
  await other.push("set_preferences", { auto_post: true });
  await shows("You have chosen this");
  expect(input().checked).toBe(true);
  click(input());
  const changed = await told.next(
    (action) =>
      action.kind === "event" &&
      action.event === "preferences_changed" &&
      action.payload.preferences.auto_post === false,
  );
  expect(changed.topic).toBe("user:local");
});

test("without a connection it can't be changed, and what was known stays shown", { timeout: LIMIT_MS }, async () => {
  open();
  await shows("which is off");
  click(input());
  await shows("You have chosen this");
  relay.cut();
  await shows("Until then this can't be changed.");
  expect([input().checked, input().disabled, one<HTMLButtonElement>("button").disabled]).toEqual([true, true, true]);
  relay.mend();
  await shows("You have chosen this");
  expect(input().disabled).toBe(false);
});

test("what the server refuses is said, and nothing is shown as chosen", { timeout: LIMIT_MS }, async () => {
  const [head, , signature] = server.token.split(".");
  const foreign = `${head}.${btoa(JSON.stringify({ sub: "somebody", exp: 1 }))}.${signature}`;
  open(server.address, foreign); // the connection is that of the server's own user
  await shows("This belongs to somebody else");
  expect([input().checked, input().disabled]).toEqual([false, true]);
});
