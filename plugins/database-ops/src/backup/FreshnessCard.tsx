import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Database } from 'backstage-plugin-database-ops-common';
import { LiveCard } from '../layout/LiveCard';
import { Live } from '../live/useLive';
import { FRESHNESS_WORDS, wordOf } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { formatAge, formatSeconds } from '../time/format';
import { Age, When } from '../time/When';
import { whyNotRestorable } from './restorable';

const useStyles = makeStyles(theme => ({
  facts: {
    display: 'grid',
    gridTemplateColumns: 'max-content 1fr',
    gap: theme.spacing(0.5, 2),
    margin: theme.spacing(1, 0, 0),
    '& dt': { color: theme.palette.text.secondary },
    '& dd': { margin: 0 },
  },
}));

function Freshness(props: { database: Database }) {
  const classes = useStyles();
  const { freshness, policyName } = props.database;
  const { restorableTo, restorableFrom, objectiveSeconds, ageSeconds } =
    freshness;
  return (
    <>
      <Typography variant="h6" component="p">
        {restorableTo ? (
          <>
            to <When at={restorableTo} yours />
          </>
        ) : (
          whyNotRestorable(props.database)
        )}
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {freshness.sentence}
      </Typography>
      <Typography variant="body2" component="dl" className={classes.facts}>
        <dt>RPO</dt>
        <dd>
          <StatusLabel {...wordOf(FRESHNESS_WORDS, freshness.state)} />
          {objectiveSeconds !== undefined && (
            <div>
              {formatSeconds(objectiveSeconds)} promised
              {policyName && ` by policy ${policyName}`}
              {ageSeconds !== undefined && `, now ${formatAge(ageSeconds)}`}
            </div>
          )}
        </dd>
        <dt>Last backup</dt>
        <dd>
          {freshness.lastBackupAt ? (
            <>
              <Age at={freshness.lastBackupAt} />
              {freshness.lastBackupId && <> ({freshness.lastBackupId})</>}
            </>
          ) : (
            'none'
          )}
        </dd>
        {restorableFrom && (
          <>
            <dt>From</dt>
            <dd>
              <When at={restorableFrom} yours />
            </dd>
          </>
        )}
        {freshness.inventoryObservedAt && (
          <>
            <dt>Repository read</dt>
            <dd>
              <Age at={freshness.inventoryObservedAt} />
            </dd>
          </>
        )}
      </Typography>
    </>
  );
}

/** To which moment a database could be restored, against its objective. */
export function FreshnessCard(props: {
  databaseId: string;
  database: Live<Database>;
}) {
  return (
    <LiveCard
      title="Restorable"
      live={props.database}
      what={`the backup freshness of ${props.databaseId}`}
      lines={7}
    >
      {database => <Freshness database={database} />}
    </LiveCard>
  );
}
