import { InfoCard } from '@backstage/core-components';
import { useApi } from '@backstage/core-plugin-api';
import Grid from '@material-ui/core/Grid';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Policy, PolicySchedule } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { DatabaseLink } from '../fleet/DatabaseLink';
import { LiveContent } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { OpsPage } from '../layout/OpsPage';
import { useLive } from '../live/useLive';
import { StatusLabel } from '../status/StatusLabel';
import { formatIsoDuration } from '../time/format';
import { Age, When } from '../time/When';

const useStyles = makeStyles(theme => ({
  schedules: { paddingLeft: theme.spacing(3), margin: 0 },
  where: { display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0, 2) },
}));

function Schedule(props: { schedule: PolicySchedule }) {
  const { schedule } = props;
  const [next, ...later] = schedule.nextRuns;
  return (
    <Typography variant="body2" component="li">
      <strong>{schedule.name}</strong> of{' '}
      <DatabaseLink databaseId={schedule.databaseId} amongWords />:{' '}
      {schedule.type ? `${schedule.type} ` : ''}
      {schedule.kind ?? 'backup'}, <code>{schedule.cron}</code> (
      {schedule.timeZone}).{' '}
      {schedule.suspended && <StatusLabel look="warning" word="Suspended" />}
      {!schedule.suspended && next && (
        <>
          Next <When at={next} yours /> (<Age at={next} />)
          {later.slice(0, 2).map(at => (
            <span key={at}>
              , then <When at={at} yours />
            </span>
          ))}
          .
        </>
      )}
      {schedule.lastDueAt && (
        <>
          {' '}
          Last due <When at={schedule.lastDueAt} yours />.
        </>
      )}
    </Typography>
  );
}

function PolicyCard(props: { policy: Policy }) {
  const classes = useStyles();
  const { policy } = props;
  return (
    <InfoCard
      title={policy.name}
      variant="gridItem"
      titleTypographyProps={{ variant: 'h5', component: 'h2' }}
    >
      <Typography variant="body1" paragraph>
        {policy.sentence}
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {policy.rpo
          ? `RPO ${formatIsoDuration(policy.rpo)}`
          : 'No RPO promised'}
        {policy.rto && ` · RTO ${formatIsoDuration(policy.rto)}`}
      </Typography>
      <Typography variant="body2" component="div" className={classes.where}>
        <span>Applies to</span>
        {policy.databaseIds.length === 0 && 'no database'}
        {policy.databaseIds.map(id => (
          <DatabaseLink key={id} databaseId={id} amongWords />
        ))}
      </Typography>
      {policy.schedules.length > 0 && (
        <ul className={classes.schedules} aria-label="Schedules">
          {policy.schedules.map(schedule => (
            <Schedule
              key={`${schedule.databaseId}/${schedule.name}`}
              schedule={schedule}
            />
          ))}
        </ul>
      )}
    </InfoCard>
  );
}

/** Each policy as a sentence, where it applies, and its next runs. */
export function PoliciesPage() {
  const api = useApi(databaseOpsApiRef);
  const policies = useLive({
    key: 'policies',
    load: () => api.getPolicies(),
    intervalSeconds: 60,
  });
  return (
    <OpsPage title="Policies" tab="policies">
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
                <Grid item xs={12} md={6} key={policy.name}>
                  <PolicyCard policy={policy} />
                </Grid>
              ))}
            </Grid>
          )
        }
      </LiveContent>
    </OpsPage>
  );
}
