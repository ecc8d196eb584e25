// Where the player stood, kept for as long as sound is unsafe that it places: it is sent again together with that.

import type { PlayerReport } from "./channel";

const MOST = 600; // ten minutes at one a second

export type Reports = {
  add(report: PlayerReport): void;
  newest(): PlayerReport | null;
  /** What places sound from this time on: the last report before it, and those after. Null: the newest is enough. */
  from(wallMs: number | null): readonly PlayerReport[];
  /** Forget what `from` leaves out. */
  keepFrom(wallMs: number | null): void;
};

export function createReports(): Reports {
  let reports: PlayerReport[] = [];
  function from(wallMs: number | null): PlayerReport[] {
    if (wallMs === null) return reports.slice(-1);
    return reports.slice(
      Math.max(
        0,
        reports.findLastIndex((report) => report.wall_ms <= wallMs),
      ),
    );
  }
  return {
    add(report) {
      reports.push(report);
      if (reports.length > MOST) reports.shift();
    },
    newest: () => reports.at(-1) ?? null,
    from,
    keepFrom(wallMs) {
      reports = from(wallMs);
    },
  };
}
