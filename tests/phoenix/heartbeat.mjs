// Heartbeats at a short interval, and a ping. One without an answer would make phoenix.js connect anew.

import { answer, end, given, message, report, socketOf } from "./scenario.mjs"

const socket = socketOf({ heartbeatIntervalMs: 1000 })
socket.onOpen(() => report("open"))
socket.connect()
await answer(socket.channel(given.topic).join())
for (let i = 0; i < 3; i++) {
  const { join_ref, topic, payload } = await message(socket, ({ topic }) => topic === "phoenix")
  report("heartbeat", [join_ref, topic, payload])
}
report("ping", typeof (await new Promise((resolve) => socket.ping(resolve))))
end(socket)
