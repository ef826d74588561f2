import Button from '@material-ui/core/Button';
import TextField from '@material-ui/core/TextField';
import { makeStyles } from '@material-ui/core/styles';
import {
  Database,
  FreshnessState,
  HealthStatus,
} from 'backstage-plugin-database-ops-common';
import { engineName } from '../entity/engines';
import { FRESHNESS_WORDS, HEALTH_WORDS, wordOf } from '../status/kinds';
import { countBy, FLEET_FILTERS, FleetFilter, FleetFilters } from './fleet';

const TITLES: Record<FleetFilter, string> = {
  engine: 'Engine',
  owner: 'Owner',
  status: 'Health',
  freshness: 'Objective',
};

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(2),
    alignItems: 'flex-end',
    marginBottom: theme.spacing(2),
  },
  field: { flex: '0 1 180px', minWidth: 120 },
}));

/** A value of a filter in words. */
export function filterWords(filter: FleetFilter, value: string): string {
  switch (filter) {
    case 'engine':
      return engineName(value);
    case 'status':
      return wordOf(HEALTH_WORDS, value as HealthStatus).word;
    case 'freshness':
      return wordOf(FRESHNESS_WORDS, value as FreshnessState).word;
    default:
      return value.replace(/^group:default\//, '') || 'No owner';
  }
}

/** The filters of the fleet, with how many databases each value leaves. */
export function FleetFilterBar(props: {
  databases: readonly Database[];
  filters: FleetFilters;
  onFilter: (filter: FleetFilter, value: string | undefined) => void;
  onClear: () => void;
}) {
  const classes = useStyles();
  const { databases, filters } = props;
  return (
    <div className={classes.root}>
      {FLEET_FILTERS.map(filter => {
        const counts = countBy(databases, filter);
        const chosen = filters[filter];
        if (chosen !== undefined && !counts.has(chosen)) {
          counts.set(chosen, 0);
        }
        return (
          <TextField
            key={filter}
            id={`database-ops-filter-${filter}`}
            className={classes.field}
            label={TITLES[filter]}
            select
            SelectProps={{ native: true }}
            InputLabelProps={{ shrink: true }}
            value={chosen ?? ''}
            onChange={event =>
              props.onFilter(filter, event.target.value || undefined)
            }
          >
            <option value="">All</option>
            {[...counts.entries()]
              .filter(([value]) => value !== '')
              .sort(([a], [b]) => a.localeCompare(b))
              .map(([value, count]) => (
                <option key={value} value={value}>
                  {filterWords(filter, value)} ({count})
                </option>
              ))}
          </TextField>
        );
      })}
      {Object.keys(filters).length > 0 && (
        <Button size="small" color="primary" onClick={props.onClear}>
          Clear filters
        </Button>
      )}
    </div>
  );
}
