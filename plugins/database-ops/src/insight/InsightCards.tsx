import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Grid from '@material-ui/core/Grid';
import Typography from '@material-ui/core/Typography';
import {
  Database,
  Session,
  SessionCancellation,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { LiveCard } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { useLive } from '../live/useLive';
import { StatusLabel } from '../status/StatusLabel';
import { Age } from '../time/When';
import { blockingTree } from './blocking';
import { CancelDialog } from './CancelDialog';
import { SessionTree } from './SessionTree';
import { StatementTable } from './StatementTable';

const STATEMENTS_EVERY_SECONDS = 60;

const SESSIONS_EVERY_SECONDS = 10;

function StatementsCard(props: { database: Database }) {
  const { id } = props.database;
  const api = useApi(databaseOpsApiRef);
  const statements = useLive({
    key: id,
    load: () => api.getStatements(id),
    intervalSeconds: STATEMENTS_EVERY_SECONDS,
  });
  return (
    <LiveCard
      title="Top statements"
      live={statements}
      what={`the statements of ${id}`}
      lines={8}
    >
      {list => (
        <>
          {list.state === 'unavailable' && (
            <StatusLabel look="unknown" word="Not known" />
          )}
          <EmptyNote>
            {list.sentence}{' '}
            {list.since && (
              <>
                Counted since <Age at={list.since} />.
              </>
            )}
          </EmptyNote>
          {list.items.length > 0 && (
            <StatementTable databaseId={id} statements={list.items} />
          )}
        </>
      )}
    </LiveCard>
  );
}

function SessionsCard(props: { database: Database }) {
  const { database } = props;
  const api = useApi(databaseOpsApiRef);
  const [cancelling, setCancelling] = useState<Session>();
  const [result, setResult] = useState<SessionCancellation>();
  const sessions = useLive({
    key: database.id,
    load: () => api.getSessions(database.id),
    intervalSeconds: SESSIONS_EVERY_SECONDS,
  });
  return (
    <LiveCard
      title="Running now"
      live={sessions}
      what={`the sessions of ${database.id}`}
      lines={8}
    >
      {list => (
        <>
          {list.state === 'unavailable' && (
            <StatusLabel look="unknown" word="Not known" />
          )}
          <EmptyNote>
            {list.sentence}{' '}
            {list.observedAt && (
              <>
                Looked <Age at={list.observedAt} />.
              </>
            )}
          </EmptyNote>
          {result && (
            <Typography variant="body2" component="div" role="status">
              <StatusLabel
                look={result.outcome === 'cancelled' ? 'good' : 'warning'}
                word={
                  result.outcome === 'cancelled' ? 'Cancelled' : 'Still running'
                }
              />{' '}
              {result.sentence}
            </Typography>
          )}
          <SessionTree
            database={database}
            nodes={blockingTree(list.items)}
            label={`Sessions of ${database.id}`}
            onCancel={setCancelling}
          />
          {cancelling && (
            <CancelDialog
              databaseId={database.id}
              session={cancelling}
              onClose={() => setCancelling(undefined)}
              onCancelled={answer => {
                setCancelling(undefined);
                setResult(answer);
                sessions.refresh();
              }}
            />
          )}
        </>
      )}
    </LiveCard>
  );
}

/** What a database spends its time on, and what runs in it now. */
export function InsightCards(props: { database: Database }) {
  return (
    <>
      <Grid item xs={12} lg={8}>
        <StatementsCard database={props.database} />
      </Grid>
      <Grid item xs={12} lg={4}>
        <SessionsCard database={props.database} />
      </Grid>
    </>
  );
}
