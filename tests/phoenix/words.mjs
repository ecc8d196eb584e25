// Names and payloads of any language, as text and as bytes, to the server and back.

import { answer, end, given, next, report, socketOf } from "./scenario.mjs"

const socket = socketOf()
socket.connect()
for (const { topic, event, payload } of given.words) {
  const channel = socket.channel(topic, payload)
  report("join", await answer(channel.join()))
  report("echo", await answer(channel.push("echo", payload)))
  const said = next(channel, event)
  report("say", await answer(channel.push("say", { event, payload })))
  report("said", await said)
  report("named", await answer(channel.push(event, payload)))
  const [, bytes] = await answer(channel.push(event, new TextEncoder().encode(JSON.stringify(payload)).buffer))
  report("bytes", JSON.parse(new TextDecoder().decode(bytes)))
}
end(socket)
