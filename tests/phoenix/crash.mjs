// A topic that breaks off on the server: phoenix.js joins it again by itself. One that is closed stays closed.

import { answer, end, given, report, socketOf } from "./scenario.mjs"

let attempt = 0
let joined
const socket = socketOf()
socket.onError(() => report("socket error"))
socket.connect()
const channel = socket.channel(given.topic, () => ({ attempt: ++attempt }))
channel.onError((reason) => report("error", reason))
channel.join().receive("ok", (response) => {
  report("joined", response)
  joined?.()
})
await answer(channel.push("echo", {}))
const again = new Promise((resolve) => (joined = resolve))
channel.push("crash")
await again
report("reply", await answer(channel.push("echo", { still: "here" })))
const closed = new Promise((resolve) => channel.onClose(resolve))
channel.push("close")
report("closed", await closed)
report("state", channel.state)
end(socket)
