import Grid from '@material-ui/core/Grid';
import Typography from '@material-ui/core/Typography';
import { ObjectivesSummary, Proof } from 'backstage-plugin-database-ops-common';
import { Chart } from '../panels/Chart';
import { factsOf } from '../panels/series';
import { formatSeconds } from '../time/format';
import { panelOf, ProofFigure, seriesOf } from './proofSeries';

function FigureChart(props: {
  proofs: readonly Proof[];
  figure: ProofFigure;
  promisedSeconds?: number;
}) {
  const { proofs, figure, promisedSeconds } = props;
  const data = seriesOf(proofs, figure);
  const panel = panelOf(figure, promisedSeconds);
  if (data.timestamps.length === 0) {
    return null;
  }
  const { last, maximum } = factsOf(data.series[0]);
  const words = [
    last === undefined ? '' : `last ${formatSeconds(last)}`,
    maximum === undefined ? '' : `at most ${formatSeconds(maximum)}`,
    promisedSeconds === undefined
      ? 'nothing promised'
      : `${formatSeconds(promisedSeconds)} promised`,
  ]
    .filter(Boolean)
    .join(', ');
  return (
    <Grid item xs={12} md={6}>
      <Typography variant="subtitle2" component="h4">
        {panel.title} measured by verifications
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {words}
      </Typography>
      <Chart
        panel={panel}
        data={data}
        summary={`${panel.title} over ${data.timestamps.length} verifications: ${words}. The table below has every value.`}
        dots
      />
    </Grid>
  );
}

/** RPO and RTO over time, each against its promise. */
export function ProofCharts(props: {
  proofs: readonly Proof[];
  objectives?: ObjectivesSummary;
}) {
  const { proofs, objectives } = props;
  return (
    <Grid container spacing={3}>
      <FigureChart
        proofs={proofs}
        figure="rpoSeconds"
        promisedSeconds={objectives?.rpoPromisedSeconds}
      />
      <FigureChart
        proofs={proofs}
        figure="rtoSeconds"
        promisedSeconds={objectives?.rtoPromisedSeconds}
      />
    </Grid>
  );
}
