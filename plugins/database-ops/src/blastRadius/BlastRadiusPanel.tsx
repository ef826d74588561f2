import { useApi } from '@backstage/core-plugin-api';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  BlastRadius,
  GetBlastRadius,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { SignalLine } from '../health/SignalLine';
import { worstFirst } from '../health/signals';
import { LiveContent } from '../layout/LiveCard';
import { useLive } from '../live/useLive';
import { Age } from '../time/When';

const useStyles = makeStyles(theme => ({
  list: {
    margin: theme.spacing(0.5, 0, 1),
    paddingLeft: theme.spacing(3),
    maxHeight: 200,
    overflowY: 'auto',
  },
  facts: { listStyle: 'none', padding: 0, margin: theme.spacing(0.5, 0, 1) },
}));

function Dependents(props: { radius: BlastRadius }) {
  const classes = useStyles();
  const { dependents } = props.radius;
  if (dependents.length === 0) {
    return (
      <Typography variant="body2" color="textSecondary">
        The catalog knows nothing that depends on it.
      </Typography>
    );
  }
  return (
    <ul className={classes.list} aria-label="What depends on it">
      {dependents.map(({ entityRef, title, owner, relation }) => (
        <Typography
          key={`${entityRef} ${relation}`}
          variant="body2"
          component="li"
        >
          <EntityRefLink
            entityRef={entityRef}
            title={title}
            hideIcon
            underline="always"
          />
          {relation && ` (${relation})`}
          {owner && (
            <>
              , owner{' '}
              <EntityRefLink
                entityRef={owner}
                defaultKind="group"
                hideIcon
                underline="always"
              />
            </>
          )}
        </Typography>
      ))}
    </ul>
  );
}

/** Who depends on a database and how it is used right now. */
export function BlastRadiusPanel(props: {
  databaseId: string;
  /** What is about to be done. */
  of: GetBlastRadius['query'];
}) {
  const classes = useStyles();
  const { databaseId, of } = props;
  const api = useApi(databaseOpsApiRef);
  const radius = useLive({
    key: JSON.stringify([databaseId, of]),
    load: () => api.getBlastRadius(databaseId, of),
    intervalSeconds: 30,
  });
  return (
    <section aria-label={`What depends on ${databaseId}`}>
      <Typography variant="subtitle2" component="h3">
        Who depends on {databaseId}
      </Typography>
      <LiveContent
        live={radius}
        what={`who depends on ${databaseId}`}
        lines={4}
      >
        {value => (
          <>
            <Dependents radius={value} />
            <ul className={classes.facts} aria-label="How it is used now">
              {worstFirst(value.facts).map(fact => (
                <SignalLine key={fact.id} signal={fact} />
              ))}
            </ul>
            {value.observedAt && (
              <Typography variant="caption" color="textSecondary">
                Looked <Age at={value.observedAt} />.
              </Typography>
            )}
          </>
        )}
      </LiveContent>
    </section>
  );
}
