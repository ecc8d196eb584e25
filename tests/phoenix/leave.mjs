// Leaves a topic, and pushes to it all the same.

import { answer, end, given, message, report, socketOf } from "./scenario.mjs"

const socket = socketOf()
socket.connect()
const channel = socket.channel(given.topic)
await answer(channel.join())
const join_ref = channel.joinRef()
channel.onClose((reason) => report("closed", reason))
const close = message(socket, ({ event }) => event === "phx_close")
report("left", await answer(channel.leave()))
const { payload, ...frame } = await close
report("phx_close", [frame.join_ref === join_ref, frame.ref === join_ref, payload])
report("state", [channel.state, socket.channels.length])

const ref = socket.makeRef()
const refused = message(socket, (m) => m.ref === ref)
socket.push({ topic: given.topic, event: "cancel", payload: {}, ref, join_ref })
report("refused", (await refused).payload)
const again = socket.makeRef()
const left = message(socket, (m) => m.ref === again)
socket.push({ topic: given.topic, event: "phx_leave", payload: {}, ref: again, join_ref })
report("left again", (await left).payload)
end(socket)
