// Follows one topic through whatever becomes of the connection, and says at each join where it had got to.

import { end, given, report, socketOf, told } from "./scenario.mjs"

const LONGEST_WAIT_MS = 200

const position = {}
const socket = socketOf({
  // Full jitter: anything between nothing and a limit that doubles.
  reconnectAfterMs: (tries) => {
    report("wait", tries)
    return Math.random() * Math.min(LONGEST_WAIT_MS, 10 * 2 ** tries)
  },
})
socket.onOpen(() => report("open"))
socket.onClose(({ code }) => report("close", code))
const channel = socket.channel(given.topic, () => ({ ...position }))
channel.onMessage = (event, payload) => {
  if (payload.seq !== undefined) {
    position.last_seq = payload.seq
    report(event, payload)
  }
  return payload
}
channel.join().receive("ok", (response) => {
  position.epoch = response.epoch
  position.last_seq = response.seq
  report("joined", response)
})
socket.connect()
await told()
end(socket)
