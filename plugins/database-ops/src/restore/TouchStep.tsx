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

function Nothing(props: { databaseId: string; draft: RestoreDraft }) {
  const { databaseId, draft } = props;
  return (
    <div>
      <Typography variant="body1" component="div">
        <StatusLabel look="good" word={`Nothing of ${databaseId}`} />
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {draft.moment} goes to a new place and is started there on a port of its
        own{draft.pause && draft.parts.action ? ', paused' : ''}. {databaseId}{' '}
        keeps running and is not changed. The restored instance is discarded
        after {formatIsoDuration(draft.expiresAfter)}.
      </Typography>
    </div>
  );
}

function Source(props: { databaseId: string; moment: string }) {
  const { databaseId, moment } = props;
  return (
    <div>
      <Typography variant="body1" component="div">
        <StatusLabel look="bad" word={`${databaseId} itself`} />
      </Typography>
      <Typography variant="body2">
        {databaseId} is stopped, with everybody connected to it. {moment} takes
        its place; what was written after it is not there any more. What was
        there before is kept aside until somebody confirms the restored one or
        rolls it back.
      </Typography>
    </div>
  );
}

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
        {draft.mode === 'in-place' ? (
          <Source databaseId={database.id} moment={draft.moment} />
        ) : (
          <Nothing databaseId={database.id} draft={draft} />
        )}
        <BlastRadiusPanel
          databaseId={database.id}
          of={{ kind: 'restore', mode: draft.mode }}
        />
        <SecondPerson database={database} kind="restore" mode={draft.mode} />
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
