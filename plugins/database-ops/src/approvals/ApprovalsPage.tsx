import { InfoCard, Link } from '@backstage/core-components';
import { useApi, useRouteRef } from '@backstage/core-plugin-api';
import Grid from '@material-ui/core/Grid';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Approval } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { LiveContent } from '../layout/LiveCard';
import { Announce, EmptyNote } from '../layout/notes';
import { OpsPage } from '../layout/OpsPage';
import { useLive } from '../live/useLive';
import { operationRouteRef } from '../routes';
import { ApprovalContent } from './ApprovalPanel';
import { loadApprovals, sortApprovals } from './loadApprovals';

const useStyles = makeStyles(theme => ({
  list: { listStyle: 'none', padding: 0, margin: 0 },
  item: {
    padding: theme.spacing(2, 0),
    '& + &': { borderTop: `1px solid ${theme.palette.divider}` },
    '&:first-child': { paddingTop: 0 },
  },
}));

function ApprovalList(props: {
  title: string;
  approvals: readonly Approval[];
  none: string;
  onChanged: () => void;
}) {
  const { title, approvals } = props;
  const classes = useStyles();
  const operationRoute = useRouteRef(operationRouteRef);
  return (
    <InfoCard
      title={`${title} (${approvals.length})`}
      titleTypographyProps={{ variant: 'h5', component: 'h2' }}
    >
      {approvals.length === 0 ? (
        <EmptyNote>{props.none}</EmptyNote>
      ) : (
        <ul className={classes.list} aria-label={title}>
          {approvals.map(approval => (
            <li key={approval.operationId} className={classes.item}>
              <ApprovalContent
                approval={approval}
                onChanged={props.onChanged}
              />
              <Typography variant="body2">
                <Link
                  to={operationRoute({ operationId: approval.operationId })}
                >
                  Its page, with log and outcome
                </Link>
              </Typography>
            </li>
          ))}
        </ul>
      )}
    </InfoCard>
  );
}

/** What waits for a second person: for the viewer first, then for others. */
export function ApprovalsPage() {
  const api = useApi(databaseOpsApiRef);
  const approvals = useLive({
    key: 'approvals',
    load: () => loadApprovals(api),
    intervalSeconds: 30,
    refreshOn: signal => signal.type === 'operation',
  });
  return (
    <OpsPage title="Approvals" tab="approvals">
      <LiveContent live={approvals} what="the approvals" lines={10}>
        {all => {
          const { mine, others, toReview } = sortApprovals(all);
          return (
            <Grid container spacing={3}>
              <Grid item xs={12} lg={toReview.length > 0 ? 6 : 12}>
                <Announce
                  text={`${mine.length} waiting for you, ${toReview.length} to be reviewed`}
                />
                <ApprovalList
                  title="Waiting for you"
                  approvals={mine}
                  none="Nothing waits for you. What a policy wants a second person for appears here, and you are notified."
                  onChanged={approvals.refresh}
                />
              </Grid>
              {toReview.length > 0 && (
                <Grid item xs={12} lg={6}>
                  <ApprovalList
                    title="Overrides to be reviewed"
                    approvals={toReview}
                    none=""
                    onChanged={approvals.refresh}
                  />
                </Grid>
              )}
              {others.length > 0 && (
                <Grid item xs={12}>
                  <ApprovalList
                    title="Waiting for others"
                    approvals={others}
                    none=""
                    onChanged={approvals.refresh}
                  />
                </Grid>
              )}
            </Grid>
          );
        }}
      </LiveContent>
    </OpsPage>
  );
}
