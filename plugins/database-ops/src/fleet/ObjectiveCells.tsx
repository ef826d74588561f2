import { Link } from '@backstage/core-components';
import { useRouteRef } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import {
  Database,
  ObjectivesSummary,
} from 'backstage-plugin-database-ops-common';
import { PROOF_WORDS } from '../proofs/words';
import { operationRouteRef } from '../routes';
import { KEPT_WORDS, wordOf } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { formatSeconds } from '../time/format';
import { Age } from '../time/When';

function Figures(props: { promised?: number; found?: number; none: string }) {
  const { promised, found } = props;
  if (promised === undefined) {
    return null;
  }
  return (
    <Typography variant="body2" color="textSecondary">
      {formatSeconds(promised)} →{' '}
      {found === undefined ? props.none : formatSeconds(found)}
    </Typography>
  );
}

/** Whether the RPO is kept, what is promised and what would be lost now. */
export function RpoCell(props: { database: Database }) {
  const { freshness, objectives } = props.database;
  return (
    <>
      <StatusLabel
        {...wordOf(KEPT_WORDS, objectives?.rpoState ?? freshness.state)}
      />
      <Figures
        promised={objectives?.rpoPromisedSeconds ?? freshness.objectiveSeconds}
        found={objectives?.rpoClaimedSeconds ?? freshness.ageSeconds}
        none="not known"
      />
    </>
  );
}

/** Whether the RTO is kept, what is promised and what was measured. */
export function RtoCell(props: { objectives?: ObjectivesSummary }) {
  const { objectives } = props;
  if (!objectives) {
    return <>Not known</>;
  }
  return (
    <>
      <StatusLabel {...wordOf(KEPT_WORDS, objectives.rtoState)} />
      <Figures
        promised={objectives.rtoPromisedSeconds}
        found={objectives.rtoMeasuredSeconds}
        none="not measured"
      />
    </>
  );
}

/** When a verification last restored it, and whether that proved it. */
export function LastProofCell(props: { database: Database }) {
  const { lastProof } = props.database;
  const operationRoute = useRouteRef(operationRouteRef);
  if (!lastProof) {
    return <>Never</>;
  }
  return (
    <>
      <StatusLabel {...PROOF_WORDS[lastProof.state]} />
      <Typography variant="body2" component="div">
        <Link to={operationRoute({ operationId: lastProof.operationId })}>
          <Age at={lastProof.endedAt} />
        </Link>
      </Typography>
    </>
  );
}
