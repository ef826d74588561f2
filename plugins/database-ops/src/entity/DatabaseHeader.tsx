import { useState } from 'react';
import { Link } from '@backstage/core-components';
import { useRouteRef } from '@backstage/core-plugin-api';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Database, HealthReport } from 'backstage-plugin-database-ops-common';
import { BackupDialog } from '../backup/BackupDialog';
import { isStale } from '../health/signals';
import { ActionButton } from '../layout/ActionButton';
import { Announce } from '../layout/notes';
import { MaintainDialog } from '../maintain/MaintainDialog';
import { RotateDialog } from '../maintain/RotateDialog';
import { MaintenanceDialog } from '../maintenance/MaintenanceDialog';
import { reasonAgainst } from '../operations/reasons';
import { operationRouteRef } from '../routes';
import { HEALTH_WORDS, wordOf } from '../status/kinds';
import { StatusIcon } from '../status/StatusLabel';
import { formatAge, formatSeconds, secondsSince } from '../time/format';
import { useNow } from '../time/useNow';
import { When } from '../time/When';
import { engineName } from './engines';
import { HealthSentence } from './HealthSentence';
import { OUT_OF_DATE } from '../layout/outOfDate';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    gap: theme.spacing(2),
    marginBottom: theme.spacing(3),
  },
  words: { flex: '1 1 300px', overflowWrap: 'anywhere' },
  sentence: { fontSize: '1.15rem', fontWeight: 400 },
  status: { textTransform: 'uppercase' },
  icon: { fontSize: '1.4rem', verticalAlign: 'middle' },
  stale: OUT_OF_DATE,
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1),
    alignItems: 'flex-start',
  },
}));

/** What the header's buttons open. */
type Asking = 'backup' | 'pause' | 'maintain' | 'rotate';

/** One sentence: status, since when, the worst cause; and what one can do. */
export function DatabaseHeader(props: {
  database: Database;
  health?: HealthReport;
  onRestore: () => void;
  /** Something was changed that this page shows. */
  onChanged: () => void;
}) {
  const classes = useStyles();
  const operationRoute = useRouteRef(operationRouteRef);
  const { database, health } = props;
  const [asking, setAsking] = useState<Asking>();
  const stopAsking = () => setAsking(undefined);
  const { maintenance = [], rotations = [] } = database.capabilities ?? {};
  const now = useNow();
  const stale = health !== undefined && isStale(health, now);
  const { look, word } = wordOf(HEALTH_WORDS, database.status);
  return (
    <section className={classes.root} aria-label={`Database ${database.id}`}>
      <div className={classes.words}>
        <Typography
          variant="body1"
          component="p"
          className={`${classes.sentence} ${stale ? classes.stale : ''}`}
        >
          <span className={classes.icon}>
            <StatusIcon look={look} />
          </span>
          <strong className={classes.status}>{word}</strong>
          {database.since && (
            <>
              {' '}
              since <When at={database.since} yours />
            </>
          )}
          {' — '}
          <HealthSentence database={database} causeOnly />
        </Typography>
        <Announce text={`${database.id} is ${word}`} />
        {stale && (
          <Typography variant="body2" role="status">
            Checked {formatAge(secondsSince(health.observedAt, now))} ago,
            should be every {formatSeconds(health.intervalSeconds)}: this may no
            longer be so.
          </Typography>
        )}
        <Typography variant="body2" component="p">
          {database.title !== database.id && `${database.title} · `}
          <code>{database.id}</code> ·{' '}
          {database.engineVersion ?? engineName(database.engine)}
          {database.environment && ` · ${database.environment}`}
          {database.owner && (
            <>
              {' · owner '}
              <EntityRefLink
                entityRef={database.owner}
                defaultKind="group"
                hideIcon
                underline="always"
              />
            </>
          )}
        </Typography>
        {database.activeOperationId && (
          <Typography variant="body2">
            <Link
              to={operationRoute({ operationId: database.activeOperationId })}
            >
              An operation is running
            </Link>
          </Typography>
        )}
      </div>
      <div className={classes.actions}>
        <ActionButton
          variant="contained"
          color="primary"
          disabledReason={reasonAgainst(database, 'backup')}
          onClick={() => setAsking('backup')}
        >
          Back up now
        </ActionButton>
        <ActionButton
          variant="outlined"
          color="primary"
          disabledReason={reasonAgainst(database, 'restore')}
          onClick={props.onRestore}
        >
          Restore…
        </ActionButton>
        {maintenance.length > 0 && (
          <ActionButton
            disabledReason={reasonAgainst(database, 'maintain')}
            onClick={() => setAsking('maintain')}
          >
            Maintain…
          </ActionButton>
        )}
        {rotations.length > 0 && (
          <ActionButton
            disabledReason={reasonAgainst(database, 'rotate')}
            onClick={() => setAsking('rotate')}
          >
            Rotate…
          </ActionButton>
        )}
        {!database.maintenance && (
          <ActionButton
            disabledReason={reasonAgainst(database, 'backup')}
            onClick={() => setAsking('pause')}
          >
            Pause…
          </ActionButton>
        )}
      </div>
      {asking === 'pause' && (
        <MaintenanceDialog
          scope={database.id}
          onClose={stopAsking}
          onStarted={() => {
            stopAsking();
            props.onChanged();
          }}
        />
      )}
      {asking === 'backup' && (
        <BackupDialog database={database} onClose={stopAsking} />
      )}
      {asking === 'maintain' && (
        <MaintainDialog database={database} onClose={stopAsking} />
      )}
      {asking === 'rotate' && (
        <RotateDialog database={database} onClose={stopAsking} />
      )}
    </section>
  );
}
