// A microphone: binary pushes of samples, acknowledged by events, refused by replies.

import { answer, end, given, next, report, socketOf } from "./scenario.mjs"

const SAMPLES = 1600

function samples(capture, offset) {
  const data = new ArrayBuffer(8 + 2 * SAMPLES)
  const view = new DataView(data)
  view.setUint32(0, capture, true)
  view.setUint32(4, offset, true)
  return data
}

const socket = socketOf()
socket.connect()
const channel = socket.channel(given.topic, given.params)
report("join", await answer(channel.join()))
const stored = next(channel, "ack", (ack) => ack.samples === 10 * SAMPLES)
for (let i = 0; i < 10; i++) channel.push("audio", samples(1, i * SAMPLES))
report("ack", await stored)
report("skipped", await answer(channel.push("audio", samples(1, 12 * SAMPLES))))
report("header", await answer(channel.push("audio", new ArrayBuffer(4))))
report("view", await answer(channel.push("audio", new Uint8Array(samples(1, 10 * SAMPLES)))))
report("stop", await answer(channel.push("stop", { capture: 1, samples: 10 * SAMPLES })))
end(socket)
