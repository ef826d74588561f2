import FormControl from '@material-ui/core/FormControl';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import FormHelperText from '@material-ui/core/FormHelperText';
import FormLabel from '@material-ui/core/FormLabel';
import Radio from '@material-ui/core/Radio';
import RadioGroup from '@material-ui/core/RadioGroup';
import { makeStyles } from '@material-ui/core/styles';
import { Database } from 'backstage-plugin-database-ops-common';
import { LiveContent } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { ParameterFields } from '../parameters/ParameterFields';
import { MomentPicker } from '../recoveryWindow/MomentPicker';
import { Reach } from '../recoveryWindow/Reach';
import { formatAge, formatUtcAndYours, secondsSince } from '../time/format';
import { useNow } from '../time/useNow';
import { BackupPicker } from './BackupPicker';
import { RestoreDraft } from './useRestoreDraft';

const useStyles = makeStyles(theme => ({
  kinds: {
    display: 'grid',
    gridTemplateColumns: 'repeat(auto-fill, minmax(240px, 1fr))',
    gap: theme.spacing(0, 2),
  },
  described: { margin: theme.spacing(-1, 0, 1, 4) },
}));

function Kinds(props: { database: Database; draft: RestoreDraft }) {
  const { draft } = props;
  const classes = useStyles();
  const now = useNow(60);
  const { restorableTo } = props.database.freshness;
  return (
    <FormControl component="fieldset" fullWidth>
      <FormLabel component="legend">Restore to</FormLabel>
      <RadioGroup
        value={draft.kindId}
        onChange={event => draft.setKindId(event.target.value)}
        className={classes.kinds}
      >
        {draft.kinds.map(kind => (
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
  );
}

/** First step: which moment. Only what can be restored can be chosen. */
export function WhenStep(props: { database: Database; draft: RestoreDraft }) {
  const { database, draft } = props;
  const { parts, picked } = draft;
  const byLsn = parts.when.some(({ name }) => name === 'lsn');
  return (
    <>
      <Kinds database={database} draft={draft} />
      {parts.moment && (
        <LiveContent
          live={draft.window}
          what={`the recovery window of ${database.id}`}
          lines={8}
        >
          {() =>
            picked ? (
              <MomentPicker
                database={database}
                lanes={draft.lanes}
                backups={draft.present}
                proofs={draft.proofs}
                picked={picked}
                onPick={draft.setPicked}
                onUnreadable={draft.setUnreadable}
                reach={draft.reach}
              />
            ) : (
              <EmptyNote>
                No moment of {database.id} can be restored yet. Back it up
                first.
              </EmptyNote>
            )
          }
        </LiveContent>
      )}
      {parts.wantsBackup && (
        <BackupPicker databaseId={database.id} draft={draft} />
      )}
      <ParameterFields
        fields={parts.when}
        draft={draft.values}
        onChange={draft.setValues}
      />
      {byLsn && draft.values.lsn !== '' && (
        <Reach
          live={draft.reach}
          onNearest={moment =>
            moment.lsn && draft.setValues({ ...draft.values, lsn: moment.lsn })
          }
        />
      )}
    </>
  );
}
