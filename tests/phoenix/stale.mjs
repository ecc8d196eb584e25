// Pushes with the join_ref of an earlier join, with none, and with the present one.

import { answer, end, given, report, socketOf } from "./scenario.mjs"

const socket = socketOf()
socket.connect()
const first = socket.channel(given.topic)
await answer(first.join())
const stale = first.joinRef()
await answer(first.leave())
const channel = socket.channel(given.topic)
await answer(channel.join())

const sent = {}
function push(name, join_ref) {
  const ref = socket.makeRef()
  sent[ref] = name
  socket.push({ topic: given.topic, event: "echo", payload: { name }, ref, join_ref })
}

socket.onMessage(({ ref, payload }) => sent[ref] && report(sent[ref], payload))
push("stale", stale)
push("none", null)
push("present", channel.joinRef())
await answer(channel.push("echo", {}))
end(socket)
