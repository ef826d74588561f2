import { useEffect, useState } from 'react';

/** The present in epoch milliseconds, renewed in intervals so that ages grow. */
export function useNow(intervalSeconds: number = 10): number {
  const [now, setNow] = useState(() => Date.now());
  useEffect(() => {
    const timer = setInterval(() => setNow(Date.now()), intervalSeconds * 1000);
    return () => clearInterval(timer);
  }, [intervalSeconds]);
  return now;
}
