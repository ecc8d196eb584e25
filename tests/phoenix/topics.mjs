// As many topics on one socket as are allowed, and one more.

import { answer, end, given, report, socketOf } from "./scenario.mjs"

const socket = socketOf()
socket.connect()
const channels = Array.from({ length: given.count }, (_, i) => socket.channel(`${given.topic}${i}`))
const joins = await Promise.all(channels.map((channel) => answer(channel.join())))
report("joined", joins.filter(([status]) => status === "ok").length)
const pushes = await Promise.all(channels.map((channel, i) => answer(channel.push("echo", { i }))))
report("own replies", pushes.filter(([, response], i) => response.i === i).length)

const more = socket.channel(`${given.topic}more`)
const join = more.join()
report("one more", await answer(join))
const joined = new Promise((resolve) => join.receive("ok", resolve))
await answer(channels[0].leave())
await joined // phoenix.js goes on trying, and now there is room
report("state", more.state)
end(socket)
