import { useCallback } from 'react';
import { useSearchParams } from 'react-router-dom';

export interface Shown {
  readonly shown: boolean;
  readonly show: () => void;
  readonly hide: () => void;
}

/** A value of the address's query, so that what is shown can be pasted. */
export function useQueryValue(
  name: string,
): [string | undefined, (value: string | undefined) => void] {
  const [query, setQuery] = useSearchParams();
  const set = useCallback(
    (value: string | undefined) => {
      setQuery(
        before => {
          const next = new URLSearchParams(before);
          if (value) {
            next.set(name, value);
          } else {
            next.delete(name);
          }
          return next;
        },
        { replace: true },
      );
    },
    [name, setQuery],
  );
  return [query.get(name) ?? undefined, set];
}

/** Whether a drawer is open, kept in the address (`?show=<name>`). */
export function useShown(name: string): Shown {
  const [value, set] = useQueryValue('show');
  return {
    shown: value === name,
    show: () => set(name),
    hide: () => set(undefined),
  };
}
