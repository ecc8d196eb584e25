// Two clients of one user on a topic, each with phoenix.js's Presence: who is there, who comes and who goes.

import { Presence } from "phoenix"
import { answer, end, given, report, socketOf } from "./scenario.mjs"

class Watcher {
  constructor() {
    this.socket = socketOf()
    this.socket.connect()
    this.arrivals = []
    this.departures = []
  }

  async join() {
    this.channel = this.socket.channel(given.topic)
    this.presence = new Presence(this.channel)
    this.presence.onJoin((key, current, { metas }) => this.arrivals.push([key, metas.length]))
    this.presence.onLeave((key, current, { metas }) => this.departures.push([key, current.metas.length, metas.length]))
    this.presence.onSync(() => this.synced?.())
    await answer(this.channel.join())
  }

  /** Who is there, as soon as it is so many connections: keys with the number of their metas. */
  async sees(count) {
    const list = () => this.presence.list((key, { metas }) => [key, metas.length])
    const total = () => list().reduce((sum, [, metas]) => sum + metas, 0)
    while (total() !== count) await new Promise((resolve) => (this.synced = resolve))
    return list()
  }

  refs() {
    return this.presence.list((key, { metas }) => metas.map(({ phx_ref }) => phx_ref)).flat()
  }
}

const first = new Watcher()
await first.join()
report("alone", await first.sees(1))
const [own] = first.refs()

const second = new Watcher()
await second.join()
report("first sees", await first.sees(2))
report("second sees", await second.sees(2))
report("arrival", first.arrivals.at(-1))
report("refs", [first.refs().includes(own), new Set([...first.refs(), ...second.refs()]).size])

second.channel.leave()
report("after leaving", await first.sees(1))
report("departure", first.departures.at(-1))
report("still there", first.refs()[0] === own)

await second.join()
report("back", await first.sees(2))
second.socket.disconnect()
report("after disconnecting", await first.sees(1))
report("departures", first.departures.length)
end(first.socket)
