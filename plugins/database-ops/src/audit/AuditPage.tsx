import { useCallback, useRef } from 'react';
import { InfoCard } from '@backstage/core-components';
import { useApi } from '@backstage/core-plugin-api';
import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { useSearchParams } from 'react-router-dom';
import { AuditEvent, AuditOutcome } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { firstRows } from '../api/pages';
import { loadFleet } from '../fleet/fleet';
import { LiveContent } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { OpsPage } from '../layout/OpsPage';
import { useLive } from '../live/useLive';
import { OUTCOME_WORDS, wordOf } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { When } from '../time/When';
import { AuditDrawer } from './AuditDrawer';
import { AuditExport } from './AuditExport';
import { AuditFacets, AuditQuery } from './AuditFacets';
import { ChainState } from './ChainState';

const PAGE_ROWS = 50;

const MORE_ROWS = 100;

const OUTCOMES = Object.keys(OUTCOME_WORDS) as AuditOutcome[];

const useStyles = makeStyles(theme => ({
  list: { listStyle: 'none', padding: 0, margin: 0 },
  item: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'baseline',
    gap: theme.spacing(0, 2),
    padding: theme.spacing(0.75, 0),
    borderTop: `1px solid ${theme.palette.divider}`,
    overflowWrap: 'anywhere',
  },
  when: { minWidth: 190, color: theme.palette.text.secondary },
  outcome: { minWidth: 110 },
  sentence: { flex: '1 1 260px' },
}));

function EventRow(props: { event: AuditEvent; onShow: () => void }) {
  const classes = useStyles();
  const { event } = props;
  return (
    <Typography variant="body2" component="li" className={classes.item}>
      <span className={classes.when}>
        <When at={event.at} yours />
      </span>
      <span className={classes.outcome}>
        <StatusLabel {...wordOf(OUTCOME_WORDS, event.outcome)} />
      </span>
      <span className={classes.sentence}>{event.sentence}</span>
      <Button
        size="small"
        aria-label={`Details of audit event ${event.seq}`}
        onClick={props.onShow}
      >
        Details
      </Button>
    </Typography>
  );
}

/** Who did what to which database when, and how it ended. */
export function AuditPage() {
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const [params, setParams] = useSearchParams();
  const rows = useRef(PAGE_ROWS);
  const query: AuditQuery = {
    databaseId: params.get('databaseId') ?? undefined,
    actor: params.get('actor') ?? undefined,
    outcome: params.get('outcome') ?? undefined,
    text: params.get('text') ?? undefined,
  };
  const asked = {
    ...query,
    outcome: OUTCOMES.find(outcome => outcome === query.outcome),
  };
  const shownSeq = Number(params.get('event') ?? NaN);
  const set = useCallback(
    (name: string, value: string | undefined) =>
      setParams(
        before => {
          const next = new URLSearchParams(before);
          if (value) {
            next.set(name, value);
          } else {
            next.delete(name);
          }
          return next;
        },
        { replace: true },
      ),
    [setParams],
  );

  const events = useLive({
    key: JSON.stringify(query),
    load: () =>
      firstRows(rows.current, page =>
        api.getAuditEvents({
          ...asked,
          ...page,
        }),
      ),
    intervalSeconds: 30,
    refreshOn: signal => signal.type === 'operation',
  });
  const chain = useLive({
    key: 'chain',
    load: () => api.getAuditChain(),
    intervalSeconds: 300,
  });
  const fleet = useLive({ key: 'fleet', load: () => loadFleet(api) });
  const filtered = Object.values(query).some(Boolean);

  return (
    <OpsPage
      title="Audit"
      tab="audit"
      subtitle={
        <span role="status">
          <ChainState chain={chain} />
        </span>
      }
    >
      <InfoCard>
        <AuditFacets
          query={query}
          databaseIds={(fleet.value ?? []).map(database => database.id)}
          onQuery={set}
        />
        <AuditExport query={asked} />
        <LiveContent live={events} what="the audit history" lines={12}>
          {list =>
            list.items.length === 0 ? (
              <EmptyNote
                action={
                  filtered && (
                    <Button
                      size="small"
                      color="primary"
                      onClick={() => setParams({}, { replace: true })}
                    >
                      Show all
                    </Button>
                  )
                }
              >
                {filtered
                  ? 'No audit event matches.'
                  : 'No audit events yet. Whoever starts, cancels or is refused an operation appears here.'}
              </EmptyNote>
            ) : (
              <>
                <ul className={classes.list} aria-label="Audit events">
                  {list.items.map(event => (
                    <EventRow
                      key={event.seq}
                      event={event}
                      onShow={() => set('event', String(event.seq))}
                    />
                  ))}
                </ul>
                <Typography variant="body2" color="textSecondary">
                  {list.items.length} of{' '}
                  {list.totalItems.toLocaleString('en-GB')}
                  {list.totalIsCapped && ' or more'}
                </Typography>
                {list.nextCursor && (
                  <Button
                    size="small"
                    color="primary"
                    onClick={() => {
                      rows.current += MORE_ROWS;
                      events.refresh();
                    }}
                  >
                    Show more
                  </Button>
                )}
                <AuditDrawer
                  event={list.items.find(event => event.seq === shownSeq)}
                  onClose={() => set('event', undefined)}
                />
              </>
            )
          }
        </LiveContent>
      </InfoCard>
    </OpsPage>
  );
}
