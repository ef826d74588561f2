import { useState } from 'react';

/** The part of the window that is drawn, in epoch milliseconds. */
export interface View {
  readonly fromMs: number;
  readonly toMs: number;
}

/** How much of the window can be drawn at once; 0 is all of it. */
export const ZOOMS = [
  { seconds: 0, label: 'All of it' },
  { seconds: 86400, label: '1 day' },
  { seconds: 3600, label: '1 hour' },
  { seconds: 600, label: '10 minutes' },
] as const;

/**
 * The drawn part: all, or a stretch around the picked moment. It stays where
 * it is until the moment leaves it, so that nothing moves under the pointer.
 */
export function useView(
  all: View,
  pickedMs: number,
): {
  readonly view: View;
  readonly zoomSeconds: number;
  readonly zoom: (seconds: number) => void;
} {
  const [zoomSeconds, setZoomSeconds] = useState(0);
  const [centreMs, setCentreMs] = useState(pickedMs);
  const halfMs = (zoomSeconds * 1000) / 2;
  const whole = zoomSeconds === 0 || halfMs * 2 >= all.toMs - all.fromMs;
  const left = !whole && Math.abs(pickedMs - centreMs) > halfMs;
  if (left) {
    setCentreMs(pickedMs);
  }
  const around = left ? pickedMs : centreMs;
  return {
    view: whole ? all : { fromMs: around - halfMs, toMs: around + halfMs },
    zoomSeconds,
    zoom: seconds => {
      setZoomSeconds(seconds);
      setCentreMs(pickedMs);
    },
  };
}
