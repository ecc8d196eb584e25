// What every scenario shares: sockets of the real phoenix.js over `ws`, observations on stdout, words of the test on
// stdin, and an end in any case. An observation is one line: a JSON array of its name and what was seen.

import { createInterface } from "node:readline"
import { Socket } from "phoenix"
import WebSocket from "ws"

const LIMIT_MS = 40_000

setTimeout(() => {
  console.error(`the scenario did not end within ${LIMIT_MS / 1000} s`)
  process.exit(3)
}, LIMIT_MS).unref()

const lines = createInterface({ input: process.stdin })[Symbol.asyncIterator]()

/** The next word of the test; undefined when it has said all it has to say. */
export async function told() {
  const { value, done } = await lines.next()
  return done ? undefined : JSON.parse(value)
}

/** What the scenario is given: the first word. */
export const given = await told()

/** A page: `ws` sends no origin by itself, a browser always does. */
class Page extends WebSocket {
  constructor(address, protocols) {
    super(address, protocols, { origin: given.origin })
  }
}

export function report(name, seen = null) {
  process.stdout.write(JSON.stringify([name, seen]) + "\n")
}

/** A socket that comes back at once; `options` are those of phoenix.js. */
export function socketOf(options = {}) {
  return new Socket(`${given.url}/socket`, {
    transport: given.origin === undefined ? WebSocket : Page,
    authToken: given.token,
    reconnectAfterMs: () => 20,
    rejoinAfterMs: () => 20,
    ...options,
  })
}

/** What a join, push or leave came to: `[status, response]`. */
export function answer(push) {
  return new Promise((resolve) => {
    for (const status of ["ok", "error", "timeout"]) {
      push.receive(status, (response) => resolve([status, response]))
    }
  })
}

/** The payload of the next `name` on a channel that passes `wanted`. */
export function next(channel, name, wanted = () => true) {
  return new Promise((resolve) => {
    const ref = channel.on(name, (payload) => {
      if (!wanted(payload)) return
      channel.off(name, ref)
      resolve(payload)
    })
  })
}

/** The next message of a socket that passes `wanted`, as it was decoded. */
export function message(socket, wanted) {
  return new Promise((resolve) => {
    const ref = socket.onMessage((decoded) => {
      if (!wanted(decoded)) return
      socket.off([ref])
      resolve(decoded)
    })
  })
}

/** Closes the socket and ends the scenario. */
export function end(socket) {
  socket.disconnect(() => process.exit(0))
}
