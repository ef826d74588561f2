import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Database } from 'backstage-plugin-database-ops-common';
import { SecondPerson } from '../approvals/SecondPerson';
import { BlastRadiusPanel } from '../blastRadius/BlastRadiusPanel';
import { ReasonField, TypedName } from '../layout/TypedName';
import { StatusLabel } from '../status/StatusLabel';
import { formatIsoDuration } from '../time/format';
import { RestoreDraft } from './useRestoreDraft';

const useStyles = makeStyles(theme => ({
  parts: { display: 'grid', gap: theme.spacing(2) },
}));

/** Third step: what the restore touches, who has to agree, and the typed name. */
export function TouchStep(props: {
  database: Database;
  draft: RestoreDraft;
  confirmation: string;
  reason: string;
  onConfirmation: (confirmation: string) => void;
  onReason: (reason: string) => void;
}) {
  const { database, draft } = props;
  const classes = useStyles();
  return (
    <>
      <div className={classes.parts}>
        <div>
          <Typography variant="body1" component="div">
            <StatusLabel look="good" word={`Nothing of ${database.id}`} />
          </Typography>
          <Typography variant="body2" color="textSecondary">
            {draft.moment} goes to a new place and is started there on a port of
            its own{draft.pause && draft.parts.action ? ', paused' : ''}.{' '}
            {database.id} keeps running and is not changed. The restored
            instance is discarded after {formatIsoDuration(draft.expiresAfter)}.
          </Typography>
        </div>
        <BlastRadiusPanel databaseId={database.id} />
        <SecondPerson database={database} kind="restore" />
      </div>
      <TypedName
        name={database.id}
        value={props.confirmation}
        onChange={props.onConfirmation}
      />
      <ReasonField value={props.reason} onChange={props.onReason} />
    </>
  );
}
