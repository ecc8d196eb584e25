// Pushes one by one, before the join is answered and after.

import { answer, end, given, report, socketOf } from "./scenario.mjs"

const socket = socketOf()
socket.connect()
const channel = socket.channel(given.topic)
channel.join()
for (const [event, payload] of given.pushes) {
  report("reply", await answer(channel.push(event, payload)))
}
end(socket)
