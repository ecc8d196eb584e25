// A microphone that keeps what is not acknowledged and, after a lost connection, sends it again. Each word of the test is
// how many samples of the capture have been recorded by now.

import { answer, end, given, report, socketOf, told } from "./scenario.mjs"

const CHUNK = 1600

let [recorded, sent] = [0, 0]

function chunk(offset) {
  const data = new ArrayBuffer(8 + 2 * CHUNK)
  const view = new DataView(data)
  view.setUint32(0, 1, true)
  view.setUint32(4, offset, true)
  return data
}

function send() {
  // What is pushed while there is no connection phoenix.js would send before anything is replayed: out of order.
  for (; sent < recorded && channel.canPush(); sent += CHUNK) {
    channel.push("audio", chunk(sent)).receive("error", (refusal) => report("refused", refusal))
  }
}

const socket = socketOf()
socket.onClose(({ code }) => report("close", code))
const channel = socket.channel(given.topic, given.params)
channel.on("ack", ({ samples }) => report("safe", samples))
channel
  .join()
  .receive("ok", ({ capture, samples }) => {
    report("joined", [capture, samples])
    sent = samples
    send()
  })
  .receive("error", ({ reason, retry_after_ms }) => report("turned away", [reason, retry_after_ms]))
socket.connect()
for (let samples = await told(); samples !== undefined; samples = await told()) {
  recorded = samples
  report("recorded", recorded)
  send()
}
report("stop", await answer(channel.push("stop", { capture: 1, samples: recorded })))
end(socket)
