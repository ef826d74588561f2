import { Fragment } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import Typography from '@material-ui/core/Typography';
import {
  Database,
  OperationKind,
  Policy,
  RestoreMode,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { LiveContent } from '../layout/LiveCard';
import { useLive } from '../live/useLive';
import { StatusLabel } from '../status/StatusLabel';
import { formatIsoDuration } from '../time/format';

/** People and groups, linked, as a list in a sentence. */
export function People(props: { refs: readonly string[] }) {
  return (
    <>
      {props.refs.map((ref, index) => (
        <Fragment key={ref}>
          {index > 0 && (index === props.refs.length - 1 ? ' or ' : ', ')}
          <EntityRefLink entityRef={ref} hideIcon underline="always" />
        </Fragment>
      ))}
    </>
  );
}

function Rule(props: {
  policy: Policy;
  databaseId: string;
  kind: OperationKind;
  mode?: RestoreMode;
  atOnce?: boolean;
}) {
  const { policy, databaseId, kind, mode, atOnce } = props;
  const rule = policy.approvals?.find(
    ({ kinds, modes }) =>
      kinds.includes(kind) && (!modes || !mode || modes.includes(mode)),
  );
  const whose = policy.overriddenBy?.includes(databaseId)
    ? `Policy ${policy.name}, as ${databaseId} overrides it,`
    : `Policy ${policy.name}`;
  if (!rule) {
    return (
      <Typography variant="body2" color="textSecondary">
        {whose} asks for no second person here.
      </Typography>
    );
  }
  if (atOnce) {
    return (
      <Typography variant="body2" component="div">
        <StatusLabel look="waiting" word="An approver has to do it" />
        <div>
          {whose} leaves it to <People refs={rule.approvers} />, not to whoever
          requested the restore.
        </div>
      </Typography>
    );
  }
  return (
    <Typography variant="body2" component="div">
      <StatusLabel look="waiting" word="A second person has to approve it" />
      <div>
        {whose} asks for the approval of <People refs={rule.approvers} />, not
        of whoever requests it. What waits longer than{' '}
        {formatIsoDuration(rule.expiresAfter)} expires.
      </div>
    </Typography>
  );
}

/** Whether the policy wants a second person for a kind of operation, and whom. */
export function SecondPerson(props: {
  database: Database;
  kind: OperationKind;
  /** Of a restore. */
  mode?: RestoreMode;
  /** It happens at once or is refused: nothing waits for an approval. */
  atOnce?: boolean;
}) {
  const { database, kind, mode, atOnce } = props;
  const api = useApi(databaseOpsApiRef);
  const policies = useLive({
    key: database.id,
    load: () => api.getPolicies({ databaseId: database.id }),
  });
  if (!database.policyName) {
    return null;
  }
  return (
    <LiveContent
      live={policies}
      what="whether a second person has to approve"
      lines={1}
    >
      {({ items }) => (
        <>
          {items.map(policy => (
            <Rule
              key={policy.name}
              policy={policy}
              databaseId={database.id}
              kind={kind}
              mode={mode}
              atOnce={atOnce}
            />
          ))}
        </>
      )}
    </LiveContent>
  );
}
