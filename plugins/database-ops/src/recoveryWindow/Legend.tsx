import { useId } from 'react';
import { makeStyles } from '@material-ui/core/styles';
import {
  BackupType,
  RecoveryInterval,
} from 'backstage-plugin-database-ops-common';
import { Mark } from './Mark';
import { SPAN_PATTERN_HEIGHT, SpanPatterns, useSpanLook } from './SpanPatterns';
import { shapeOf, SPAN_WORDS } from './words';

const KINDS = ['proved', 'claimed', 'gap'] as const;

const useStyles = makeStyles(theme => ({
  list: {
    listStyle: 'none',
    margin: theme.spacing(1, 0, 0),
    padding: 0,
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5, 3),
    fontSize: '0.8125rem',
  },
  item: { display: 'flex', alignItems: 'center', gap: theme.spacing(1) },
  meaning: { color: theme.palette.text.secondary },
}));

function Swatch(props: { kind: RecoveryInterval['kind']; patternId: string }) {
  const { kind, patternId } = props;
  const { stroke } = useSpanLook(kind);
  return (
    <svg width={28} height={16} aria-hidden>
      <SpanPatterns id={patternId} height={SPAN_PATTERN_HEIGHT} />
      <rect
        x={0.5}
        y={0.5}
        width={27}
        height={15}
        fill={`url(#${patternId}-${kind})`}
        stroke={stroke}
        strokeDasharray={kind === 'gap' ? '4 3' : undefined}
      />
    </svg>
  );
}

/** What the patterns and the marks of the time line mean. */
export function Legend(props: {
  /** Types of backups that are marked, as the engine names them. */
  types: readonly BackupType[];
  shown: readonly string[];
}) {
  const { types, shown } = props;
  const classes = useStyles();
  const patternId = useId().replace(/:/g, '');
  const place = (type: string) =>
    types.findIndex(candidate => candidate.id === type);
  const inOrder = [...shown].sort((a, b) => place(a) - place(b));
  return (
    <ul className={classes.list} aria-label="Legend">
      {KINDS.map(kind => (
        <li key={kind} className={classes.item}>
          <Swatch kind={kind} patternId={`${patternId}${kind}`} />
          <span>
            {SPAN_WORDS[kind].word}{' '}
            <span className={classes.meaning}>{SPAN_WORDS[kind].meaning}</span>
          </span>
        </li>
      ))}
      {inOrder.map(type => (
        <li key={type} className={classes.item}>
          <svg width={16} height={16} aria-hidden>
            <Mark shape={shapeOf(type, types)} x={8} y={8} />
          </svg>
          {types.find(candidate => candidate.id === type)?.title ?? type} backup
        </li>
      ))}
    </ul>
  );
}
