// Bytes both ways: a push, its reply, a server push and a broadcast.

import { answer, end, given, next, report, socketOf } from "./scenario.mjs"

const hex = (data) => `${data.constructor.name} ${Buffer.from(data).toString("hex")}`

const socket = socketOf()
socket.connect()
const channel = socket.channel(given.topic)
await answer(channel.join())
for (const data of given.data) {
  const [pushed, broadcast] = [next(channel, "pushed"), next(channel, "broadcast")]
  const [status, response] = await answer(channel.push("bytes", new Uint8Array(Buffer.from(data, "hex")).buffer))
  report("reply", [status, hex(response)])
  report("pushed", hex(await pushed))
  report("broadcast", hex(await broadcast))
}
end(socket)
