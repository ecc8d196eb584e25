// Where the rows of a long list stand, and which of them have to be drawn. Pure; measures nothing.

export interface RowRange {
  readonly first: number;
  /** The one after the last. */
  readonly end: number;
}

/** The top of each row in px, and the height of all as the last entry. A row that was never measured has `guessPx`. */
export function rowTops(ids: readonly string[], heights: ReadonlyMap<string, number>, guessPx: number): Float64Array {
  const tops = new Float64Array(ids.length + 1);
  for (const [index, id] of ids.entries()) tops[index + 1] = (tops[index] ?? 0) + (heights.get(id) ?? guessPx);
  return tops;
}

/** The row that holds this point, or the nearest one; 0 in an empty list. */
export function rowAt(tops: Float64Array, yPx: number): number {
  let [low, high] = [0, Math.max(0, tops.length - 2)];
  while (low < high) {
    const middle = (low + high + 1) >> 1;
    if ((tops[middle] ?? 0) <= yPx) low = middle;
    else high = middle - 1;
  }
  return low;
}

/** The rows to draw for a view, with some beyond each edge so that a quick scroll shows no hole. */
export function rowsInView(tops: Float64Array, topPx: number, heightPx: number, beyondPx: number): RowRange {
  const count = tops.length - 1;
  if (count === 0) return { first: 0, end: 0 };
  return { first: rowAt(tops, topPx - beyondPx), end: Math.min(count, rowAt(tops, topPx + heightPx + beyondPx) + 1) };
}
