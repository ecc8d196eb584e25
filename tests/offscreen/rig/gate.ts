// One address for clients, whatever becomes of the server behind it: a relay that can be cut and shut.

import { type AddressInfo, connect, createServer, type Server, type Socket } from "node:net";

export type Gate = Readonly<{
  url: string;
  /** Let clients through to the server on this port of the machine. */
  open(port: number): void;
  /** Cut every connection, both ways and without a goodbye, and let nobody in. */
  shut(): void;
  /** Lose whatever clients send from now on; they can't tell. */
  swallow(): void;
  close(): Promise<void>;
}>;

/** It is shut at first. */
export async function startGate(): Promise<Gate> {
  let toPort = 0;
  const sockets = new Set<Socket>();
  let state: "open" | "shut" | "swallowing" = "shut";

  const server: Server = createServer((client) => {
    if (state === "shut") {
      client.destroy();
      return;
    }
    state = "open";
    const there = connect(toPort, "127.0.0.1");
    for (const [socket, other] of [
      [client, there],
      [there, client],
    ] as const) {
      sockets.add(socket);
      socket.on("error", () => other.destroy());
      socket.on("close", () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    client.on("data", (data) => {
      if (state !== "swallowing") there.write(data);
    });
    there.on("data", (data) => client.write(data));
  });
  await new Promise<void>((resolve) => server.listen(0, "127.0.0.1", resolve));
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  return {
    url: `ws://127.0.0.1:${(server.address() as AddressInfo).port}`,
    open(port) {
      toPort = port;
      state = "open";
    },
    shut() {
      state = "shut";
      cut();
    },
    swallow() {
      state = "swallowing";
    },
    async close() {
      const closed = new Promise<void>((resolve) => server.close(() => resolve()));
      cut();
      await closed;
    },
  };
}
