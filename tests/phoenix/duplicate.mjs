// Two channels on one topic: phoenix.js leaves the first by itself. Then a join that it knows nothing of, so that the
// server has to end the one before.

import { answer, end, given, message, report, socketOf } from "./scenario.mjs"

const socket = socketOf()
socket.connect()
const first = socket.channel(given.topic)
first.onClose((reason) => report("first closed", reason))
await answer(first.join())
const second = socket.channel(given.topic)
const closed = new Promise((resolve) => second.onClose(resolve))
report("second", await answer(second.join()))
report("states", [first.state, second.state])
report("push", await answer(second.push("echo", { who: "second" })))

const ref = socket.makeRef()
const before = second.joinRef()
const replied = message(socket, (m) => m.ref === ref)
socket.push({ topic: given.topic, event: "phx_join", payload: {}, ref, join_ref: ref })
report("second closed", await closed)
const reply = await replied
report("third", [reply.join_ref === ref, reply.event, reply.payload])
report("refs differ", before !== ref)
end(socket)
