import { useId, useState } from 'react';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Backup,
  Database,
  Moment,
  Proof,
  Reachability,
} from 'backstage-plugin-database-ops-common';
import { Live } from '../live/useLive';
import { formatTyped, parseTyped } from '../time/format';
import { extentOf, Lane, laneOfMoment, snap } from './lanes';
import { Legend } from './Legend';
import { Picked, quickPicks } from './picks';
import { Reach } from './Reach';
import { TimeLineSlider } from './TimeLineSlider';
import { useView, ZOOMS } from './useView';

const useStyles = makeStyles(theme => ({
  fields: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0, 2),
    marginTop: theme.spacing(1),
    '& > *': { flex: '1 1 160px', minWidth: 0 },
  },
  facts: {
    display: 'grid',
    gridTemplateColumns: 'max-content 1fr',
    gap: theme.spacing(0, 2),
    margin: theme.spacing(1, 0, 0),
    '& dt': { color: theme.palette.text.secondary },
    '& dd': { margin: 0, fontVariantNumeric: 'tabular-nums' },
  },
}));

function Facts(props: { ms: number; moment?: Moment }) {
  const classes = useStyles();
  const { ms, moment } = props;
  const zone = new Intl.DateTimeFormat().resolvedOptions().timeZone;
  return (
    <Typography variant="body2" component="dl" className={classes.facts}>
      <dt>UTC</dt>
      <dd>{formatTyped(ms)}</dd>
      <dt>Yours</dt>
      <dd>
        {formatTyped(ms, 'local')} ({zone})
      </dd>
      {moment?.lsn && (
        <>
          <dt>LSN</dt>
          <dd>{moment.lsn}</dd>
        </>
      )}
    </Typography>
  );
}

/**
 * Picks a moment: on the time line, by typing, or one of the marked ones. What
 * it offers are claimed moments; whether one can be restored says the backend.
 */
export function MomentPicker(props: {
  database: Database;
  lanes: readonly Lane[];
  backups: readonly Backup[];
  proofs: readonly Proof[];
  picked: Picked;
  onPick: (picked: Picked) => void;
  /** Whether what stands in the field is no moment: nothing is picked then. */
  onUnreadable: (unreadable: boolean) => void;
  reach: Live<Reachability | undefined>;
}) {
  const { database, lanes, backups, picked, reach } = props;
  const classes = useStyles();
  const helpId = useId();
  const lane = lanes.find(each => each.id === picked.laneId) ?? lanes[0];
  const all = extentOf(lanes) ?? { fromMs: picked.ms, toMs: picked.ms };
  const margin = Math.max((all.toMs - all.fromMs) * 0.01, 1000);
  const { view, zoomSeconds, zoom } = useView(
    { fromMs: all.fromMs - margin, toMs: all.toMs + margin },
    picked.ms,
  );
  const [typed, setTyped] = useState(formatTyped(picked.ms));
  const unreadable = parseTyped(typed) === undefined;
  // What is typed stays as typed; what is picked elsewhere is written there.
  const pick = (next: Picked) => {
    setTyped(formatTyped(next.ms));
    props.onUnreadable(false);
    props.onPick(next);
  };
  const types = database.capabilities?.backupTypes ?? [];
  const groups = quickPicks(lane, backups, props.proofs);

  const takeMoment = (moment: Moment) => {
    const chosen = laneOfMoment(lanes, moment) ?? lane;
    const ms = Date.parse(moment.time);
    pick({ laneId: chosen.id, ms: snap(chosen, ms) ?? ms });
  };
  const type = (text: string) => {
    setTyped(text);
    const ms = parseTyped(text);
    props.onUnreadable(ms === undefined);
    if (ms !== undefined) {
      props.onPick({ laneId: lane.id, ms });
    }
  };
  return (
    <div>
      <TimeLineSlider
        lanes={lanes}
        lane={lane}
        backups={backups}
        types={types}
        view={view}
        atMs={picked.ms}
        describedBy={helpId}
        onPick={(laneId, ms) => pick({ laneId, ms })}
      />
      <Legend
        types={types}
        shown={[...new Set(backups.map(backup => backup.type))]}
      />
      <Typography
        variant="caption"
        color="textSecondary"
        component="p"
        id={helpId}
      >
        Drag, or use the arrow keys: 1 s a press, with Shift 1 min, Page keys 1
        h.
      </Typography>
      <div className={classes.fields}>
        <TextField
          id="database-ops-moment"
          label="Time (UTC)"
          value={typed}
          onChange={event => type(event.target.value)}
          error={unreadable}
          helperText={
            unreadable ? 'Write it as 2026-11-16 14:05:00.' : undefined
          }
          spellCheck={false}
          autoComplete="off"
          margin="dense"
        />
        <TextField
          id="database-ops-quick-pick"
          label="Go to"
          select
          SelectProps={{ native: true }}
          InputLabelProps={{ shrink: true }}
          value=""
          onChange={event => {
            const known = groups
              .flatMap(({ picks }) => picks)
              .find(({ id }) => id === event.target.value);
            if (known) {
              takeMoment(known.moment);
            }
          }}
          margin="dense"
        >
          <option value="">A known moment</option>
          {groups.map(({ group, picks }) => (
            <optgroup key={group} label={group}>
              {picks.map(({ id, label }) => (
                <option key={id} value={id}>
                  {label}
                </option>
              ))}
            </optgroup>
          ))}
        </TextField>
        <TextField
          id="database-ops-zoom"
          label="Show"
          select
          SelectProps={{ native: true }}
          InputLabelProps={{ shrink: true }}
          value={zoomSeconds}
          onChange={event => zoom(Number(event.target.value))}
          margin="dense"
        >
          {ZOOMS.map(({ seconds, label }) => (
            <option key={seconds} value={seconds}>
              {label}
            </option>
          ))}
        </TextField>
        {lanes.length > 1 && (
          <TextField
            id="database-ops-lane"
            label="Timeline"
            select
            SelectProps={{ native: true }}
            InputLabelProps={{ shrink: true }}
            value={lane.id}
            onChange={event => {
              const chosen = lanes.find(each => each.id === event.target.value);
              const ms = chosen && snap(chosen, picked.ms);
              if (chosen && ms !== undefined) {
                pick({ laneId: chosen.id, ms });
              }
            }}
            margin="dense"
          >
            {lanes.map(each => (
              <option key={each.id} value={each.id}>
                {each.title}
              </option>
            ))}
          </TextField>
        )}
      </div>
      <Facts ms={picked.ms} moment={reach.value?.moment} />
      <Reach live={reach} onNearest={takeMoment} />
    </div>
  );
}
