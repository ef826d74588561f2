import { useState } from 'react';
import { toError } from '@backstage/errors';

/** Something that a person asks for with a button. */
export interface Submit {
  /** It is under way. */
  readonly busy: boolean;
  /** Why the last attempt failed. */
  readonly error?: Error;
  readonly submit: () => Promise<void>;
}

/** Does something once at a time, and keeps why it failed until the next try. */
export function useSubmit(act: () => Promise<unknown>): Submit {
  const [busy, setBusy] = useState(false);
  const [error, setError] = useState<Error>();
  const submit = async () => {
    if (busy) {
      return;
    }
    setBusy(true);
    setError(undefined);
    try {
      await act();
    } catch (caught) {
      setError(toError(caught));
    }
    setBusy(false);
  };
  return { busy, error, submit };
}
