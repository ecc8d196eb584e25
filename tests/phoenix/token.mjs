// A token ends while its connection is open, and a new one is pushed on a joined topic.

import { answer, end, given, next, report, socketOf, told } from "./scenario.mjs"

report("ready")
const socket = socketOf({ authToken: await told() })
socket.onClose(({ code }) => report("close", code))
const channel = socket.channel(given.topic)
const expired = next(channel, "token_expired")
socket.connect()
report("join", (await answer(channel.join()))[0])
report("expired", await expired)

const other = socket.channel(given.other)
const join = other.join()
report("other", await answer(join))
report("nonsense", await answer(channel.push("token", { token: "nonsense" })))
const joined = new Promise((resolve) => join.receive("ok", resolve))
report("renewed", await answer(channel.push("token", { token: given.token })))
await joined // phoenix.js goes on trying, and now it may
report("state", other.state)
end(socket)
