import { useId } from 'react';
import { makeStyles } from '@material-ui/core/styles';
import { Backup, BackupType } from 'backstage-plugin-database-ops-common';
import { backupKey } from '../backup/backupKey';
import { formatExact } from '../time/format';
import { Lane, laneOfMoment, markMs, Span, ticksOf } from './lanes';
import { Mark } from './Mark';
import { SPAN_PATTERN_HEIGHT, SpanPatterns, useSpanLook } from './SpanPatterns';
import { View } from './useView';
import { shapeOf, SPAN_WORDS, spanSentence } from './words';

const MARKS_PX = 18;
const BAR_PX = 28;
const LANE_PX = MARKS_PX + BAR_PX + 10;

/** A span narrower than this share of the drawing has no room for its word. */
const WORD_SHARE = 0.12;

/** A single moment, or a very short span, is still seen. */
const LEAST_WIDTH = '3px';

const useStyles = makeStyles(theme => ({
  drawing: { display: 'block', overflow: 'visible' },
  word: {
    fontSize: 12,
    fontFamily: theme.typography.fontFamily,
    pointerEvents: 'none',
    // Too little room: the legend and the table have the words.
    [theme.breakpoints.down('xs')]: { display: 'none' },
  },
  laneTitle: {
    fontSize: 12,
    fontFamily: theme.typography.fontFamily,
    fill: theme.palette.text.secondary,
  },
  axis: {
    position: 'relative',
    height: 20,
    fontSize: 12,
    color: theme.palette.text.secondary,
  },
  tick: {
    position: 'absolute',
    transform: 'translateX(-50%)',
    whiteSpace: 'nowrap',
    [theme.breakpoints.down('xs')]: {
      '&:nth-child(even)': { display: 'none' },
    },
  },
  picked: { stroke: theme.palette.text.primary, strokeWidth: 2 },
  handle: { fill: theme.palette.text.primary },
  fork: { stroke: theme.palette.text.secondary, strokeDasharray: '3 3' },
  now: { stroke: theme.palette.text.secondary, strokeDasharray: '2 3' },
}));

/** A moment's place in the view, in percent of its width. */
function place(view: View, ms: number): number {
  return ((ms - view.fromMs) / (view.toMs - view.fromMs)) * 100;
}

function SpanBar(props: {
  span: Span;
  view: View;
  patternId: string;
  y: number;
}) {
  const { span, view, patternId, y } = props;
  const classes = useStyles();
  const look = useSpanLook(span.kind);
  const from = Math.max(0, place(view, span.fromMs));
  const to = Math.min(100, place(view, span.toMs));
  if (to < 0 || from > 100) {
    return null;
  }
  const thin = to - from < 0.3;
  return (
    <g>
      <rect
        x={`${from}%`}
        y={y}
        width={thin ? LEAST_WIDTH : `${to - from}%`}
        height={BAR_PX}
        fill={`url(#${patternId}-${span.kind})`}
        stroke={look.stroke}
        strokeWidth={1}
        strokeDasharray={span.kind === 'gap' ? '4 3' : undefined}
        opacity={span.unreachable ? 0.45 : undefined}
      >
        <title>{spanSentence(span)}</title>
      </rect>
      {(to - from) / 100 > WORD_SHARE && (
        <text
          x={`${(from + to) / 2}%`}
          y={y + BAR_PX / 2 + 4}
          textAnchor="middle"
          className={classes.word}
          fill={look.ink}
          stroke={look.halo}
          strokeWidth={look.halo ? 4 : 0}
          paintOrder="stroke"
          aria-hidden
        >
          {span.unreachable
            ? 'out of reach'
            : SPAN_WORDS[span.kind].word.toLowerCase()}
        </text>
      )}
    </g>
  );
}

/** The branch that a backup is drawn on: of its repository, where there are several. */
function laneOfBackup(lanes: readonly Lane[], backup: Backup): Lane {
  const own = lanes.filter(({ spans }) =>
    spans.some(({ repositoryId }) => repositoryId === backup.repositoryId),
  );
  const among = own.length > 0 ? own : lanes;
  return laneOfMoment(among, backup.to) ?? among[0];
}

/**
 * The branches of a window one below the other: what is proved, claimed and
 * missing by pattern and word, backups as marks above, UTC below.
 */
export function LanesDrawing(props: {
  lanes: readonly Lane[];
  backups: readonly Backup[];
  types: readonly BackupType[];
  view: View;
  nowMs?: number;
  picked?: { readonly laneId: string; readonly ms: number };
}) {
  const { lanes, backups, types, view, picked, nowMs } = props;
  const classes = useStyles();
  const patternId = useId().replace(/:/g, '');
  const titled = lanes.length > 1;
  const lanePx = LANE_PX + (titled ? 16 : 0);
  const barY = (index: number) => index * lanePx + lanePx - BAR_PX - 4;
  const ticks = ticksOf(view.fromMs, view.toMs);
  return (
    <>
      <svg
        className={classes.drawing}
        width="100%"
        height={lanes.length * lanePx}
        aria-hidden
      >
        <SpanPatterns id={patternId} height={SPAN_PATTERN_HEIGHT} />
        {lanes.map((lane, index) => (
          <g key={lane.id} data-lane={lane.id}>
            {titled && (
              <text x="0" y={index * lanePx + 12} className={classes.laneTitle}>
                {lane.title}
              </text>
            )}
            {lanes[index + 1] &&
              lanes[index + 1].timeline !== lane.timeline &&
              lane.spans[0] && (
                <line
                  x1={`${place(view, lane.spans[0].fromMs)}%`}
                  x2={`${place(view, lane.spans[0].fromMs)}%`}
                  y1={barY(index) + BAR_PX}
                  y2={barY(index + 1)}
                  className={classes.fork}
                />
              )}
            {lane.spans.map(span => (
              <SpanBar
                key={`${span.kind}${span.fromMs}${span.repositoryId}`}
                span={span}
                view={view}
                patternId={patternId}
                y={barY(index)}
              />
            ))}
            {backups
              .filter(backup => laneOfBackup(lanes, backup) === lane)
              .filter(backup => {
                const at = place(view, markMs(backup));
                return at >= 0 && at <= 100;
              })
              .map(backup => (
                <Mark
                  key={backupKey(backup)}
                  shape={shapeOf(backup.type, types)}
                  x={`${place(view, markMs(backup))}%`}
                  y={barY(index) - 9}
                  title={`${backup.type} backup ${backup.id}, ${formatExact(backup.stoppedAt)}`}
                />
              ))}
            {picked?.laneId === lane.id && (
              <svg
                x={`${place(view, picked.ms)}%`}
                y={barY(index) - 4}
                overflow="visible"
              >
                <line y1={0} y2={BAR_PX + 8} className={classes.picked} />
                <circle cy={BAR_PX + 8} r={5} className={classes.handle} />
              </svg>
            )}
          </g>
        ))}
        {nowMs !== undefined && nowMs <= view.toMs && (
          <line
            x1={`${place(view, nowMs)}%`}
            x2={`${place(view, nowMs)}%`}
            y1={0}
            y2={lanes.length * lanePx}
            className={classes.now}
          />
        )}
      </svg>
      <div className={classes.axis} aria-hidden>
        {ticks
          .filter(({ ms }) => {
            const at = place(view, ms);
            return at > 4 && at < 96;
          })
          .map(({ ms, label }) => (
            <span
              key={ms}
              className={classes.tick}
              style={{ left: `${place(view, ms)}%` }}
            >
              {label}
            </span>
          ))}
      </div>
    </>
  );
}
