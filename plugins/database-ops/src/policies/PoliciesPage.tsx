import { lazy, Suspense } from 'react';
import { InfoCard, Progress } from '@backstage/core-components';
import { useApi } from '@backstage/core-plugin-api';
import Button from '@material-ui/core/Button';
import Grid from '@material-ui/core/Grid';
import { makeStyles } from '@material-ui/core/styles';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { LiveContent } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { OpsPage } from '../layout/OpsPage';
import { useQueryValue, useShown } from '../layout/useShown';
import { useLive } from '../live/useLive';
import { PolicyCard } from './PolicyCard';

// They bring a parser and tables: loaded when somebody opens them.
const PolicyPreviewDrawer = lazy(() =>
  import('./PolicyPreviewDrawer').then(module => ({
    default: module.PolicyPreviewDrawer,
  })),
);
const RetentionOf = lazy(() =>
  import('../retention/RetentionOf').then(module => ({
    default: module.RetentionOf,
  })),
);

const useStyles = makeStyles(theme => ({
  actions: { marginBottom: theme.spacing(2) },
}));

/** Each policy as a sentence, where it applies, its next runs, and what a change would do. */
export function PoliciesPage() {
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const preview = useShown('preview');
  const [retentionOf, setRetentionOf] = useQueryValue('retention');
  const policies = useLive({
    key: 'policies',
    load: () => api.getPolicies(),
    intervalSeconds: 60,
  });
  return (
    <OpsPage title="Policies" tab="policies">
      <div className={classes.actions}>
        <Button variant="outlined" color="primary" onClick={preview.show}>
          What would a change do?
        </Button>
      </div>
      <LiveContent live={policies} what="the policies" lines={10}>
        {({ items }) =>
          items.length === 0 ? (
            <InfoCard>
              <EmptyNote>
                No policies yet. A policy under{' '}
                <code>databaseOps.policies</code> gives databases their
                schedules and the objectives that are promised.
              </EmptyNote>
            </InfoCard>
          ) : (
            <Grid container spacing={3}>
              {items.map(policy => (
                <Grid item xs={12} lg={6} key={policy.name}>
                  <PolicyCard policy={policy} onRetention={setRetentionOf} />
                </Grid>
              ))}
            </Grid>
          )
        }
      </LiveContent>
      <Suspense fallback={<Progress />}>
        {preview.shown && <PolicyPreviewDrawer open onClose={preview.hide} />}
        {retentionOf && (
          <RetentionOf
            databaseId={retentionOf}
            onClose={() => setRetentionOf(undefined)}
          />
        )}
      </Suspense>
    </OpsPage>
  );
}
