import { Link } from '@backstage/core-components';
import { useApi, useRouteRef } from '@backstage/core-plugin-api';
import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Database,
  Objective,
  Objectives,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { LiveCard } from '../layout/LiveCard';
import { SideDrawer } from '../layout/SideDrawer';
import { useShown } from '../layout/useShown';
import { Live, useLive } from '../live/useLive';
import { operationRouteRef } from '../routes';
import { KEPT_WORDS, wordOf } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { formatSeconds } from '../time/format';
import { Age, When } from '../time/When';
import { Sentence } from '../time/Sentence';
import { ObjectivePeriods } from './ObjectivePeriods';
import { rpoWords, rtoWords } from './words';

const useStyles = makeStyles(theme => ({
  objective: { marginBottom: theme.spacing(2) },
  figures: { fontVariantNumeric: 'tabular-nums' },
}));

/** A database's objectives, promised, claimed and proved. */
export function useObjectives(databaseId: string): Live<Objectives> {
  const api = useApi(databaseOpsApiRef);
  return useLive({
    key: databaseId,
    load: () => api.getObjectives(databaseId),
    intervalSeconds: 30,
    refreshOn: signal =>
      signal.type !== 'health' && signal.databaseId === databaseId,
  });
}

function ObjectivePart(props: {
  name: string;
  figures: string;
  objective: Objective;
}) {
  const { name, figures, objective } = props;
  const classes = useStyles();
  return (
    <div className={classes.objective}>
      <Typography variant="body1" component="div" className={classes.figures}>
        <strong>{name}</strong> {figures}{' '}
        <StatusLabel {...wordOf(KEPT_WORDS, objective.state)} />
      </Typography>
      <Typography variant="body2" color="textSecondary">
        <Sentence text={objective.sentence} />
      </Typography>
      <ObjectivePeriods objective={objective} />
    </div>
  );
}

function LastProof(props: { database: Database }) {
  const { lastProof } = props.database;
  const operationRoute = useRouteRef(operationRouteRef);
  if (!lastProof) {
    return (
      <Typography variant="body2" color="textSecondary">
        Nothing was proved yet: no verification has restored it.
      </Typography>
    );
  }
  return (
    <Typography variant="body2" component="div">
      Last verification{' '}
      <Link
        to={operationRoute({ operationId: lastProof.operationId })}
        underline="always"
      >
        <Age at={lastProof.endedAt} />
      </Link>
      : <Sentence text={lastProof.sentence} />
    </Typography>
  );
}

/** RPO and RTO: what is promised, what holds now, what was proved, how long it was kept. */
export function ObjectivesCard(props: { database: Database }) {
  const { database } = props;
  const objectives = useObjectives(database.id);
  const drawer = useShown('objectives');
  return (
    <LiveCard
      title="Objectives"
      live={objectives}
      what={`the objectives of ${database.id}`}
      lines={6}
    >
      {value => (
        <>
          <ObjectivePart
            name="RPO"
            figures={rpoWords(value.rpo)}
            objective={value.rpo}
          />
          <ObjectivePart
            name="RTO"
            figures={rtoWords(value.rto)}
            objective={value.rto}
          />
          <LastProof database={database} />
          {(value.rpo.misses ?? []).concat(value.rto.misses ?? []).length >
            0 && (
            <Button size="small" color="primary" onClick={drawer.show}>
              When they were missed
            </Button>
          )}
          <SideDrawer
            title={`Objectives of ${database.id}`}
            open={drawer.shown}
            onClose={drawer.hide}
          >
            <Misses name="RPO" objective={value.rpo} />
            <Misses name="RTO" objective={value.rto} />
          </SideDrawer>
        </>
      )}
    </LiveCard>
  );
}

function Misses(props: { name: string; objective: Objective }) {
  const { name, objective } = props;
  const misses = objective.misses ?? [];
  return (
    <>
      <Typography variant="h6" component="h3">
        {name}
      </Typography>
      {misses.length === 0 && (
        <Typography variant="body2">Not missed.</Typography>
      )}
      {misses.map(({ from, to }) => (
        <Typography key={from} variant="body2" component="div">
          <StatusLabel look="bad" word="Missed" /> from <When at={from} yours />{' '}
          {to ? (
            <>
              to <When at={to} yours />,{' '}
              {formatSeconds((Date.parse(to) - Date.parse(from)) / 1000)}
            </>
          ) : (
            'until now'
          )}
        </Typography>
      ))}
    </>
  );
}
