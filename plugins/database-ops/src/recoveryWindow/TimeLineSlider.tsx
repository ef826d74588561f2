import { KeyboardEvent, PointerEvent, useRef } from 'react';
import { makeStyles } from '@material-ui/core/styles';
import { Backup, BackupType } from 'backstage-plugin-database-ops-common';
import { formatExact } from '../time/format';
import { extentOf, isClaimed, Lane, snap, step } from './lanes';
import { LanesDrawing } from './LanesDrawing';
import { View } from './useView';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;

const useStyles = makeStyles(theme => ({
  slider: {
    cursor: 'crosshair',
    touchAction: 'none',
    borderRadius: theme.shape.borderRadius,
    padding: theme.spacing(1, 1, 0),
    '&:focus': {
      outline: `2px solid ${theme.palette.primary.main}`,
      outlineOffset: 2,
    },
  },
  // The pointer is measured against the drawing, not against its padding.
  area: { position: 'relative' },
}));

/** How far a key moves, in milliseconds. */
function keyStep(event: KeyboardEvent): number | undefined {
  const bigMs = event.shiftKey ? MINUTE_MS : SECOND_MS;
  switch (event.key) {
    case 'ArrowRight':
    case 'ArrowUp':
      return bigMs;
    case 'ArrowLeft':
    case 'ArrowDown':
      return -bigMs;
    case 'PageUp':
      return HOUR_MS;
    case 'PageDown':
      return -HOUR_MS;
    default:
      return undefined;
  }
}

/**
 * The time line as a slider: the pointer drags, arrow keys move by a second,
 * with Shift by a minute, Page keys by an hour; it rests on claimed moments
 * only.
 */
export function TimeLineSlider(props: {
  lanes: readonly Lane[];
  lane: Lane;
  backups: readonly Backup[];
  types: readonly BackupType[];
  view: View;
  atMs: number;
  onPick: (laneId: string, atMs: number) => void;
  describedBy?: string;
}) {
  const { lanes, lane, view, atMs, onPick } = props;
  const classes = useStyles();
  const area = useRef<HTMLDivElement>(null);
  const dragging = useRef(false);
  const extent = extentOf([lane]) ?? view;

  const pickAt = (event: PointerEvent) => {
    const box = area.current?.getBoundingClientRect();
    if (!box || box.width === 0) {
      return;
    }
    const share = (event.clientX - box.left) / box.width;
    const wanted = view.fromMs + share * (view.toMs - view.fromMs);
    const under = (event.target as Element)
      .closest('[data-lane]')
      ?.getAttribute('data-lane');
    const chosen = lanes.find(each => each.id === under) ?? lane;
    const snapped = snap(chosen, wanted);
    if (snapped !== undefined) {
      onPick(chosen.id, snapped);
    }
  };
  const onKeyDown = (event: KeyboardEvent) => {
    const byMs = keyStep(event);
    let next: number | undefined;
    if (byMs !== undefined) {
      next = step(lane, atMs, byMs);
    } else if (event.key === 'Home') {
      next = snap(lane, extent.fromMs);
    } else if (event.key === 'End') {
      next = snap(lane, extent.toMs);
    }
    if (next !== undefined) {
      event.preventDefault();
      onPick(lane.id, next);
    }
  };
  const words = formatExact(new Date(atMs).toISOString());
  return (
    <div
      className={classes.slider}
      role="slider"
      tabIndex={0}
      aria-label="Moment on the time line"
      aria-describedby={props.describedBy}
      aria-valuemin={Math.round(extent.fromMs / 1000)}
      aria-valuemax={Math.round(extent.toMs / 1000)}
      aria-valuenow={Math.round(atMs / 1000)}
      aria-valuetext={
        isClaimed(lane, atMs) ? words : `${words}, cannot be restored`
      }
      onKeyDown={onKeyDown}
      onPointerDown={event => {
        dragging.current = true;
        event.currentTarget.setPointerCapture?.(event.pointerId);
        pickAt(event);
      }}
      onPointerMove={event => dragging.current && pickAt(event)}
      onPointerUp={() => {
        dragging.current = false;
      }}
      onPointerCancel={() => {
        dragging.current = false;
      }}
    >
      <div ref={area} className={classes.area}>
        <LanesDrawing
          lanes={lanes}
          backups={props.backups}
          types={props.types}
          view={view}
          picked={{ laneId: lane.id, ms: atMs }}
        />
      </div>
    </div>
  );
}
