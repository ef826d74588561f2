import { useEffect, useRef, useState } from 'react';
import { InfoCard } from '@backstage/core-components';
import Checkbox from '@material-ui/core/Checkbox';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { OperationEvent } from 'backstage-plugin-database-ops-common';
import { LiveContent } from '../layout/LiveCard';
import { SCROLLABLE } from '../layout/scrollable';
import { Live } from '../live/useLive';
import { formatExact } from '../time/format';

/** More lines than this are not drawn at once; the search still finds them. */
const DRAWN_LINES = 1000;

const useStyles = makeStyles(theme => ({
  controls: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    gap: theme.spacing(2),
    marginBottom: theme.spacing(1),
  },
  log: {
    height: 320,
    overflow: 'auto',
    margin: 0,
    padding: theme.spacing(1),
    backgroundColor: theme.palette.background.default,
    fontFamily: 'monospace',
    fontSize: '0.8rem',
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  },
  time: { color: theme.palette.text.secondary },
}));

interface LogLine {
  readonly seq: number;
  readonly at: string;
  readonly text: string;
}

function loudness(event: OperationEvent): string {
  if (event.type === 'error' || event.level === 'error') {
    return 'ERROR ';
  }
  return event.level === 'warn' ? 'WARNING ' : '';
}

/** Log, state and error events as lines; warnings and errors carry the word. */
export function logLines(events: readonly OperationEvent[]): LogLine[] {
  return events.flatMap(event => {
    if (!event.message || event.type === 'progress') {
      return [];
    }
    const loud = loudness(event);
    return [{ seq: event.seq, at: event.at, text: `${loud}${event.message}` }];
  });
}

/** An operation's log: follows the end, and can be searched. */
export function OperationLog(props: { events: Live<OperationEvent[]> }) {
  const classes = useStyles();
  const [search, setSearch] = useState('');
  const [follow, setFollow] = useState(true);
  const box = useRef<HTMLDivElement>(null);
  const all = logLines(props.events.value ?? []);
  const wanted = search.toLowerCase();
  const found = wanted
    ? all.filter(line => line.text.toLowerCase().includes(wanted))
    : all;
  const lastSeq = found.at(-1)?.seq;

  useEffect(() => {
    if (follow && box.current) {
      box.current.scrollTop = box.current.scrollHeight;
    }
  }, [follow, lastSeq]);

  return (
    <InfoCard
      title="Log"
      titleTypographyProps={{ variant: 'h5', component: 'h3' }}
    >
      <div className={classes.controls}>
        <TextField
          id="database-ops-log-search"
          label="Search the log"
          type="search"
          value={search}
          onChange={event => setSearch(event.target.value)}
          size="small"
        />
        <FormControlLabel
          label="Follow the end"
          control={
            <Checkbox
              color="primary"
              size="small"
              checked={follow}
              onChange={event => setFollow(event.target.checked)}
            />
          }
        />
        <Typography variant="body2" color="textSecondary" role="status">
          {wanted
            ? `${found.length} of ${all.length} lines`
            : `${all.length} lines`}
          {found.length > DRAWN_LINES && `, the last ${DRAWN_LINES} shown`}
        </Typography>
      </div>
      <LiveContent live={props.events} what="the log" lines={12}>
        {() => (
          <div
            className={classes.log}
            ref={box}
            role="log"
            aria-label="Log"
            aria-live="off"
            {...SCROLLABLE}
          >
            {found.length === 0 && (
              <span className={classes.time}>
                {wanted
                  ? `No line contains "${search}".`
                  : 'Nothing yet. Lines appear as the worker writes them.'}
              </span>
            )}
            {found.slice(-DRAWN_LINES).map(line => (
              <div key={line.seq}>
                <time
                  className={classes.time}
                  dateTime={line.at}
                  title={formatExact(line.at)}
                >
                  {line.at.slice(11, 19)}
                </time>{' '}
                {line.text}
              </div>
            ))}
          </div>
        )}
      </LiveContent>
    </InfoCard>
  );
}
