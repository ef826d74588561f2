import { useCallback, useEffect, useRef, useState } from 'react';
import { toError } from '@backstage/errors';
import { useSignal } from '@backstage/plugin-signals-react';
import {
  DATABASE_OPS_SIGNAL_CHANNEL,
  DatabaseOpsSignal,
} from 'backstage-plugin-database-ops-common';

export interface Live<T> {
  /** The last answer; kept while a later one fails. */
  readonly value?: T;
  /** Why the last attempt failed. */
  readonly error?: Error;
  /** True until the first attempt ended. */
  readonly loading: boolean;
  /** When the value was answered, in epoch milliseconds. */
  readonly loadedAt?: number;
  readonly refresh: () => void;
}

export interface LiveOptions<T> {
  /** What is loaded; another key starts anew. */
  readonly key: string;
  readonly load: () => Promise<T>;
  /** Seconds until the next load; absent: only on request and by signal. */
  readonly intervalSeconds?: number | ((value: T | undefined) => number);
  /** Whether a signal of the backend calls for a load at once. */
  readonly refreshOn?: (signal: DatabaseOpsSignal) => boolean;
}

interface State<T> {
  readonly key: string;
  readonly value?: T;
  readonly error?: Error;
  readonly loading: boolean;
  readonly loadedAt?: number;
}

/**
 * Loads something, again in intervals while the page is visible, and again
 * when the backend signals that it changed. One load is under way at a time:
 * signals that arrive meanwhile lead to one more, so that a busy channel
 * cannot starve the page.
 */
export function useLive<T>(options: LiveOptions<T>): Live<T> {
  const { key } = options;
  const latest = useRef(options);
  latest.current = options;
  const trigger = useRef<() => void>(() => {});
  const [state, setState] = useState<State<T>>({ key, loading: true });

  useEffect(() => {
    let ended = false;
    let busy = false;
    let again = false;
    let timer: ReturnType<typeof setTimeout> | undefined;
    let value: T | undefined;

    const run = async () => {
      if (busy) {
        again = true;
        return;
      }
      busy = true;
      clearTimeout(timer);
      try {
        const answer = await latest.current.load();
        value = answer;
        if (!ended) {
          setState({
            key,
            value: answer,
            loading: false,
            loadedAt: Date.now(),
          });
        }
      } catch (error) {
        if (!ended) {
          setState(before => ({
            ...(before.key === key ? before : {}),
            key,
            loading: false,
            error: toError(error),
          }));
        }
      }
      busy = false;
      if (ended) {
        return;
      }
      if (again) {
        again = false;
        await run();
        return;
      }
      const { intervalSeconds } = latest.current;
      const seconds =
        typeof intervalSeconds === 'function'
          ? intervalSeconds(value)
          : intervalSeconds;
      if (seconds) {
        timer = setTimeout(() => {
          if (document.visibilityState !== 'hidden') {
            run();
          }
        }, seconds * 1000);
      }
    };
    const onVisible = () => {
      if (
        document.visibilityState !== 'hidden' &&
        latest.current.intervalSeconds
      ) {
        run();
      }
    };

    trigger.current = () => {
      run();
    };
    document.addEventListener('visibilitychange', onVisible);
    run();
    return () => {
      ended = true;
      clearTimeout(timer);
      document.removeEventListener('visibilitychange', onVisible);
    };
  }, [key]);

  const { lastSignal } = useSignal<DatabaseOpsSignal>(
    DATABASE_OPS_SIGNAL_CHANNEL,
  );
  useEffect(() => {
    if (lastSignal && latest.current.refreshOn?.(lastSignal)) {
      trigger.current();
    }
  }, [lastSignal]);

  const refresh = useCallback(() => trigger.current(), []);
  const current: State<T> = state.key === key ? state : { key, loading: true };
  return {
    value: current.value,
    error: current.error,
    loading: current.loading,
    loadedAt: current.loadedAt,
    refresh,
  };
}
