// Where panel and popup talk to the one studio: all of them see one state. A key is held by whoever pressed it, and a
// page that goes lets go of it.

import type { FromView, ToView } from "./messages";
import type { Players } from "./pages";
import type { Port } from "./port";
import type { Studio } from "./studio";
import type { CaptureStateName, TalkCommand } from "./talk";

export type ViewPort = Port<FromView, ToView>;

export interface Desk {
  readonly views: number;
  serve(port: ViewPort): void;
}

interface Seat {
  readonly port: ViewPort;
  armed: boolean;
  watching: string | null;
  endLevels: () => void;
}

/** While a key may be held. */
const HELD: ReadonlySet<CaptureStateName> = new Set(["starting", "recording", "paused"]);

/** `onChange`: a view came or went. */
export function openDesk(studio: Studio, players: Players, onChange: () => void): Desk {
  const seats = new Set<Seat>();
  let holder: Seat | null = null;

  studio.state.subscribe((state) => {
    if (!HELD.has(state.capture)) holder = null; // its press is over, whether or not its key is up
    for (const { port } of seats) port.send({ type: "state", state });
  });
  players.watch((sessionId, sample) => {
    for (const { port, watching } of seats) if (watching === sessionId) port.send({ type: "position", sample });
  });

  function hear(seat: Seat, message: FromView): void {
    switch (message.type) {
      case "talk":
        obey(seat, message.command);
        break;
      case "watch":
        seat.watching = message.subject?.sessionId ?? null;
        seat.port.send({ type: "position", sample: seat.watching === null ? null : players.position(seat.watching) });
        break;
      case "player":
        if (seat.watching !== null) players.command(seat.watching, message.command);
        break;
      case "levels":
        seat.endLevels();
        seat.endLevels = message.wanted
          ? studio.levels((level) => seat.port.send({ type: "level", level }))
          : () => undefined;
    }
  }

  function obey(seat: Seat, command: TalkCommand): void {
    switch (command.type) {
      case "arm":
        seat.armed = true;
        studio.send(command);
        break;
      case "disarm":
        disarm(seat);
        break;
      case "key_down":
        holder ??= seat;
        if (holder === seat) studio.send(command);
        break;
      case "key_up":
        if (holder !== seat) return; // another page holds it
        holder = null;
        studio.send(command);
        break;
      default:
        studio.send(command);
    }
  }

  function disarm(seat: Seat): void {
    seat.armed = false;
    if (![...seats].some(({ armed }) => armed)) studio.send({ type: "disarm" });
  }

  function gone(seat: Seat): void {
    seats.delete(seat);
    seat.endLevels();
    if (holder === seat) {
      holder = null;
      studio.holderLost();
    }
    if (seat.armed) disarm(seat);
    onChange();
  }

  return {
    get views() {
      return seats.size;
    },
    serve(port) {
      const seat: Seat = { port, armed: false, watching: null, endLevels: () => undefined };
      seats.add(seat);
      port.send({ type: "state", state: studio.state.now });
      onChange();
      port.listen(
        (message) => hear(seat, message),
        () => gone(seat),
      );
    },
  };
}
