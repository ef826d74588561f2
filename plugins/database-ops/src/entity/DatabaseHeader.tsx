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
  stale: { opacity: 0.6 },
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(1),
    alignItems: 'flex-start',
  },
}));

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
  const [pausing, setPausing] = useState(false);
  const [backingUp, setBackingUp] = useState(false);
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
          onClick={() => setBackingUp(true)}
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
        {!database.maintenance && (
          <ActionButton
            disabledReason={reasonAgainst(database, 'backup')}
            onClick={() => setPausing(true)}
          >
            Pause…
          </ActionButton>
        )}
      </div>
      {pausing && (
        <MaintenanceDialog
          scope={database.id}
          onClose={() => setPausing(false)}
          onStarted={() => {
            setPausing(false);
            props.onChanged();
          }}
        />
      )}
      {backingUp && (
        <BackupDialog database={database} onClose={() => setBackingUp(false)} />
      )}
    </section>
  );
}
