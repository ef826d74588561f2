import { lazy, Suspense, useState } from 'react';
import { InfoCard, WarningPanel } from '@backstage/core-components';
import Grid from '@material-ui/core/Grid';
import { makeStyles } from '@material-ui/core/styles';
import { AlertsCard } from '../alerts/AlertsCard';
import { BackupsCard } from '../backup/BackupsCard';
import { FreshnessCard } from '../backup/FreshnessCard';
import { HealthCard } from '../health/HealthCard';
import { LiveContent, SkeletonLines } from '../layout/LiveCard';
import { useShown } from '../layout/useShown';
import { ObjectivesCard } from '../objectives/ObjectivesCard';
import { OperationsCard } from '../operations/OperationsCard';
import { ProofsCard } from '../proofs/ProofsCard';
import { RecoveryWindowCard } from '../recoveryWindow/RecoveryWindowCard';
import { RestoreDialog } from '../restore/RestoreDialog';
import { RestoredInstancesCard } from '../restoredInstances/RestoredInstancesCard';
import { DatabaseHeader } from './DatabaseHeader';
import { useDatabase, useHealth } from './useDatabase';

// The charts come after the words: nobody waits for them to know the status.
const PanelsCard = lazy(() =>
  import('../panels/PanelsCard').then(module => ({
    default: module.PanelsCard,
  })),
);

const InsightCards = lazy(() =>
  import('../insight/InsightCards').then(module => ({
    default: module.InsightCards,
  })),
);

const RetentionOf = lazy(() =>
  import('../retention/RetentionOf').then(module => ({
    default: module.RetentionOf,
  })),
);

const useStyles = makeStyles({ head: { minHeight: 96 } });

/** Everything about one database, on one page. */
export function DatabaseView(props: { databaseId: string }) {
  const { databaseId } = props;
  const classes = useStyles();
  const database = useDatabase(databaseId);
  const health = useHealth(databaseId);
  const retention = useShown('retention');
  const [restoring, setRestoring] =
    useState<Readonly<Record<string, unknown>>>();
  const known = database.value;
  if (!known && database.error) {
    return (
      <InfoCard title={`Database ${databaseId}`}>
        <LiveContent live={database} what={`database ${databaseId}`} lines={4}>
          {() => null}
        </LiveContent>
      </InfoCard>
    );
  }
  return (
    <>
      <div className={classes.head}>
        <LiveContent live={database} what={`database ${databaseId}`} lines={3}>
          {value => (
            <DatabaseHeader
              database={value}
              health={health.value}
              onRestore={() => setRestoring({})}
              onChanged={database.refresh}
            />
          )}
        </LiveContent>
      </div>
      <Grid container spacing={3}>
        {known?.quarantine && (
          <Grid item xs={12}>
            <WarningPanel
              title={`The configuration of ${databaseId} is wrong at ${known.quarantine.path}`}
              message={`${known.quarantine.message} Correct it and restart the portal's backend; until then nothing is checked.`}
            />
          </Grid>
        )}
        <Grid item xs={12} md={4}>
          <FreshnessCard databaseId={databaseId} database={database} />
        </Grid>
        <Grid item xs={12} md={4}>
          <HealthCard databaseId={databaseId} health={health} />
        </Grid>
        <Grid item xs={12} md={4}>
          <AlertsCard databaseId={databaseId} />
        </Grid>
        {known && (
          <Grid item xs={12}>
            <RecoveryWindowCard database={known} />
          </Grid>
        )}
        {known && (
          <Grid item xs={12} lg={4}>
            <ObjectivesCard database={known} />
          </Grid>
        )}
        {known && (
          <Grid item xs={12} lg={8}>
            <ProofsCard database={known} />
          </Grid>
        )}
        <Grid item xs={12} lg={8}>
          <Suspense
            fallback={
              <InfoCard title="Panels">
                <SkeletonLines lines={16} label="the panels" />
              </InfoCard>
            }
          >
            <PanelsCard databaseId={databaseId} />
          </Suspense>
        </Grid>
        <Grid item xs={12} lg={4}>
          <Grid container spacing={3}>
            <Grid item xs={12} md={6} lg={12}>
              <OperationsCard databaseId={databaseId} />
            </Grid>
            {known && (
              <Grid item xs={12} md={6} lg={12}>
                <RestoredInstancesCard database={known} />
              </Grid>
            )}
          </Grid>
        </Grid>
        {known?.capabilities?.insight && (
          <Suspense fallback={null}>
            <InsightCards database={known} />
          </Suspense>
        )}
        {known && (
          <Grid item xs={12}>
            <BackupsCard
              database={known}
              onRetention={retention.show}
              onRestore={({ id, repositoryId }) =>
                setRestoring({ kind: 'backup', backupId: id, repositoryId })
              }
            />
          </Grid>
        )}
      </Grid>
      {retention.shown && (
        <Suspense fallback={null}>
          <RetentionOf databaseId={databaseId} onClose={retention.hide} />
        </Suspense>
      )}
      {known && restoring && (
        <RestoreDialog
          database={known}
          given={restoring}
          onClose={() => setRestoring(undefined)}
        />
      )}
    </>
  );
}
