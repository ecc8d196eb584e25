// A value that others watch. Tells nobody twice of the same value.

export interface Observable<T> {
  readonly now: T;
  /** Called at each change, not for the value there is; returns what ends it. */
  readonly subscribe: (listener: (value: T) => void) => () => void;
}

export interface Variable<T> extends Observable<T> {
  readonly set: (value: T) => void;
}

export function variable<T>(first: T): Variable<T> {
  const listeners = new Set<(value: T) => void>();
  let now = first;
  return {
    get now() {
      return now;
    },
    set: (value) => {
      if (Object.is(value, now)) return;
      now = value;
      for (const listener of [...listeners]) listener(value);
    },
    subscribe: (listener) => {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
  };
}
