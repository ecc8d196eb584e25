// The value of an observable, and a new drawing whenever it changes.

import { useEffect, useReducer } from "preact/hooks";
import type { Observable } from "../hub/observable";

export function useObservable<T>(observable: Observable<T>): T {
  const [, redraw] = useReducer((drawings: number, _: null) => drawings + 1, 0);
  const drawn = observable.now;
  useEffect(() => {
    if (!Object.is(observable.now, drawn)) redraw(null); // it changed before anybody listened
    return observable.subscribe(() => redraw(null));
  }, [observable]);
  return drawn;
}
