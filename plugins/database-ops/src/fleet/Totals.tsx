import { Link } from '@backstage/core-components';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Summary } from 'backstage-plugin-database-ops-common';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5, 3),
    marginBottom: theme.spacing(2),
  },
}));

function plural(count: number, one: string, many: string): string {
  return `${count} ${count === 1 ? one : many}`;
}

/** Totals of the fleet; each leads to what it counts. */
export function Totals(props: { summary: Summary }) {
  const classes = useStyles();
  const { databases, byStatus, byFreshness, gaps, runningOperations } =
    props.summary;
  const missed = byFreshness.missed ?? 0;
  return (
    <Typography variant="body1" component="div" className={classes.root}>
      <Link to="?">{plural(databases, 'database', 'databases')}</Link>
      <Link to="?status=down">{byStatus.down ?? 0} down</Link>
      <Link to="?status=degraded">{byStatus.degraded ?? 0} degraded</Link>
      <Link to="?status=unknown">{byStatus.unknown ?? 0} unknown</Link>
      <Link to="?freshness=missed">
        {plural(missed, 'objective missed', 'objectives missed')}
      </Link>
      <Link to="?view=gaps">
        {plural(gaps.length, 'coverage gap', 'coverage gaps')}
      </Link>
      {runningOperations !== undefined && (
        <span>
          {plural(runningOperations, 'operation running', 'operations running')}
        </span>
      )}
    </Typography>
  );
}
