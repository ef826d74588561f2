import { InfoCard } from '@backstage/core-components';
import { useApi } from '@backstage/core-plugin-api';
import Button from '@material-ui/core/Button';
import { useSearchParams } from 'react-router-dom';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { LiveContent } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { OpsPage } from '../layout/OpsPage';
import { useLive } from '../live/useLive';
import { FleetActions } from './FleetActions';
import { FleetFilterBar } from './FleetFilterBar';
import { FleetTable } from './FleetTable';
import { Gaps } from './Gaps';
import { Totals } from './Totals';
import {
  FLEET_FILTERS,
  FleetColumn,
  FleetFilters,
  loadFleet,
  matches,
  sortFleet,
} from './fleet';

const LOOK_AGAIN_SECONDS = 30;

const COLUMNS: readonly FleetColumn[] = [
  'worst',
  'database',
  'engine',
  'restorable',
  'proof',
  'owner',
];

/** Every database, the worst first, and what is not covered. */
export function FleetPage() {
  const api = useApi(databaseOpsApiRef);
  const [query, setQuery] = useSearchParams();
  const databases = useLive({
    key: 'fleet',
    load: () => loadFleet(api),
    intervalSeconds: LOOK_AGAIN_SECONDS,
    refreshOn: signal => signal.type !== 'operation',
  });
  const summary = useLive({
    key: 'summary',
    load: () => api.getSummary(),
    intervalSeconds: LOOK_AGAIN_SECONDS,
    refreshOn: signal => signal.type !== 'operation',
  });

  const filters: FleetFilters = Object.fromEntries(
    FLEET_FILTERS.flatMap(filter => {
      const value = query.get(filter);
      return value ? [[filter, value]] : [];
    }),
  );
  const sort = COLUMNS.find(column => column === query.get('sort')) ?? 'worst';
  const set = (name: string, value: string | undefined) => {
    const next = new URLSearchParams(query);
    if (value) {
      next.set(name, value);
    } else {
      next.delete(name);
    }
    setQuery(next, { replace: true });
  };
  const clear = () => setQuery({}, { replace: true });

  if (query.get('view') === 'gaps') {
    return (
      <OpsPage title="Coverage gaps" tab="gaps">
        <LiveContent live={summary} what="the coverage gaps" lines={8}>
          {value => <Gaps summary={value} />}
        </LiveContent>
      </OpsPage>
    );
  }
  return (
    <OpsPage title="Databases" tab="fleet">
      <LiveContent live={summary} what="the totals" lines={1}>
        {value => <Totals summary={value} />}
      </LiveContent>
      <FleetActions />
      <InfoCard>
        <LiveContent live={databases} what="the databases" lines={12}>
          {all => {
            const found = all.filter(database => matches(database, filters));
            if (all.length === 0) {
              return (
                <EmptyNote>
                  No databases that you may see. They are configured under{' '}
                  <code>databaseOps.databases</code>; whoever owns one can give
                  you the permission database-ops.database.read.
                </EmptyNote>
              );
            }
            return (
              <>
                <FleetFilterBar
                  databases={all}
                  filters={filters}
                  onFilter={set}
                  onClear={clear}
                />
                {found.length === 0 ? (
                  <EmptyNote
                    action={
                      <Button size="small" color="primary" onClick={clear}>
                        Show all {all.length}
                      </Button>
                    }
                  >
                    No database matches these filters.
                  </EmptyNote>
                ) : (
                  <FleetTable
                    databases={sortFleet(found, sort)}
                    sort={sort}
                    onSort={column =>
                      set('sort', column === 'worst' ? undefined : column)
                    }
                  />
                )}
              </>
            );
          }}
        </LiveContent>
      </InfoCard>
    </OpsPage>
  );
}
