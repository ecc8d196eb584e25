// Joins a topic, then one that does not exist.

import { answer, end, given, report, socketOf } from "./scenario.mjs"

const socket = socketOf()
socket.connect()
const channel = socket.channel(given.topic)
report("reply", await answer(channel.join()))
report("state", channel.state)
const lost = socket.channel("room")
report("reply", await answer(lost.join()))
report("state", lost.state)
end(socket)
