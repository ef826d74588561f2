import FormControl from '@material-ui/core/FormControl';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import FormHelperText from '@material-ui/core/FormHelperText';
import FormLabel from '@material-ui/core/FormLabel';
import Radio from '@material-ui/core/Radio';
import RadioGroup from '@material-ui/core/RadioGroup';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Backup,
  BackupList,
  Database,
  RestoreKind,
} from 'backstage-plugin-database-ops-common';
import { LiveContent } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { Live } from '../live/useLive';
import { formatAge, formatUtcAndYours, secondsSince } from '../time/format';
import { useNow } from '../time/useNow';
import { formatBytes } from '../units/format';

function backupWords(backup: Backup, now: number): string {
  const size =
    backup.sizeBytes === undefined ? '' : `, ${formatBytes(backup.sizeBytes)}`;
  return `${formatUtcAndYours(backup.stoppedAt, now)}, ${backup.type}${size}, ${backup.id}`;
}

const useStyles = makeStyles(theme => ({
  described: { margin: theme.spacing(-1, 0, 1, 4) },
}));

/** First step: which moment. Only what the repository holds is offered. */
export function WhenStep(props: {
  database: Database;
  kinds: readonly RestoreKind[];
  backups: Live<BackupList>;
  kindId: string;
  backupId: string;
  onKind: (kindId: string) => void;
  onBackup: (backupId: string) => void;
}) {
  const now = useNow(60);
  const classes = useStyles();
  const { restorableTo } = props.database.freshness;
  return (
    <>
      <FormControl component="fieldset" fullWidth>
        <FormLabel component="legend">Restore to</FormLabel>
        <RadioGroup
          value={props.kindId}
          onChange={event => props.onKind(event.target.value)}
        >
          {props.kinds.map(kind => (
            <div key={kind.id}>
              <FormControlLabel
                value={kind.id}
                control={<Radio color="primary" />}
                label={kind.title}
              />
              <FormHelperText className={classes.described}>
                {kind.description}
                {kind.id === 'latest' && restorableTo && (
                  <>
                    {' '}
                    Now: {formatUtcAndYours(restorableTo, now)},{' '}
                    {formatAge(secondsSince(restorableTo, now))} ago.
                  </>
                )}
              </FormHelperText>
            </div>
          ))}
        </RadioGroup>
      </FormControl>
      {props.kindId === 'backup' && (
        <LiveContent
          live={props.backups}
          what={`the backups of ${props.database.id}`}
          lines={2}
        >
          {list => {
            const present = list.items.filter(
              backup => backup.state === 'present',
            );
            const chosen = present.find(backup => backup.id === props.backupId);
            return present.length === 0 ? (
              <EmptyNote>
                The repository holds no backup of {props.database.id} that can
                be restored. Back it up first.
              </EmptyNote>
            ) : (
              <>
                <TextField
                  id="database-ops-backup"
                  label="Backup"
                  select
                  SelectProps={{ native: true }}
                  value={props.backupId}
                  onChange={event => props.onBackup(event.target.value)}
                  fullWidth
                  margin="normal"
                >
                  {present.map(backup => (
                    <option key={backup.id} value={backup.id}>
                      {backupWords(backup, now)}
                    </option>
                  ))}
                </TextField>
                {chosen && chosen.chain.length > 1 && (
                  <Typography variant="body2" color="textSecondary">
                    Needs {chosen.chain.join(', ')}.
                  </Typography>
                )}
              </>
            );
          }}
        </LiveContent>
      )}
    </>
  );
}
