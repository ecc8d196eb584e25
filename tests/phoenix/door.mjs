// Connects with what it was given, once or, with several tokens, until one is taken.

import { answer, end, given, report, socketOf } from "./scenario.mjs"

const tokens = [...(given.tokens ?? [])]
const socket = socketOf({
  params: given.params,
  ...(tokens.length && { authToken: () => tokens.shift() }),
})
const opened = new Promise((resolve) => socket.onOpen(() => resolve(true)))
const shut = new Promise((resolve) =>
  socket.onError((error) => {
    report("error", error.message)
    if (!tokens.length) resolve(false)
  }),
)
socket.connect()
if (await Promise.race([opened, shut])) {
  report("open", socket.conn.protocol)
  report("join", (await answer(socket.channel(given.topic).join()))[0])
}
end(socket)
