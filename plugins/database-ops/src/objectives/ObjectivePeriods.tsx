import Typography from '@material-ui/core/Typography';
import { Objective } from 'backstage-plugin-database-ops-common';
import { periodWords } from './words';

/** How long an objective was kept over the last 30 and 90 days. */
export function ObjectivePeriods(props: { objective: Objective }) {
  const { periods, promisedSeconds } = props.objective;
  if (promisedSeconds === undefined || periods.length === 0) {
    return null;
  }
  return (
    <Typography variant="body2" component="div">
      {periods.map(period => (
        <div key={period.days}>{periodWords(period)}</div>
      ))}
    </Typography>
  );
}
