import { ReactNode } from 'react';
import { EntityRefLink } from '@backstage/plugin-catalog-react';
import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableContainer from '@material-ui/core/TableContainer';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import TableSortLabel from '@material-ui/core/TableSortLabel';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Database } from 'backstage-plugin-database-ops-common';
import { whyNotRestorable } from '../backup/restorable';
import { engineName } from '../entity/engines';
import { HealthSentence } from '../entity/HealthSentence';
import { RowHeader } from '../layout/RowHeader';
import { stackedTable } from '../layout/stackedTable';
import { HEALTH_WORDS, wordOf } from '../status/kinds';
import { StatusLabel } from '../status/StatusLabel';
import { useNow } from '../time/useNow';
import { Age, When } from '../time/When';
import { DatabaseLink } from './DatabaseLink';
import { FleetColumn, isOld } from './fleet';
import { LastProofCell, RpoCell, RtoCell } from './ObjectiveCells';
import { OUT_OF_DATE } from '../layout/outOfDate';

const useStyles = makeStyles(theme => ({
  old: OUT_OF_DATE,
  sentence: { minWidth: 200, maxWidth: 420 },
  short: { whiteSpace: 'nowrap' },
  table: stackedTable(theme),
}));

function Heading(props: {
  column: FleetColumn;
  sort: FleetColumn;
  onSort: (column: FleetColumn) => void;
  children: ReactNode;
}) {
  const active = props.sort === props.column;
  return (
    <TableCell sortDirection={active ? 'asc' : false}>
      <TableSortLabel
        active={active}
        onClick={() => props.onSort(props.column)}
      >
        {props.children}
      </TableSortLabel>
    </TableCell>
  );
}

function Row(props: { database: Database; now: number }) {
  const classes = useStyles();
  const { database, now } = props;
  const { freshness, alertCount } = database;
  const old = isOld(database, now);
  return (
    <TableRow className={old ? classes.old : undefined}>
      <RowHeader>
        <DatabaseLink databaseId={database.id} />
        {database.environment && (
          <Typography variant="body2" color="textSecondary">
            {database.environment}
          </Typography>
        )}
        {database.maintenance && (
          <Typography variant="body2" component="div">
            <StatusLabel look="warning" word="Maintenance" /> until{' '}
            <When at={database.maintenance.until} />
          </Typography>
        )}
      </RowHeader>
      <TableCell className={classes.sentence}>
        <StatusLabel {...wordOf(HEALTH_WORDS, database.status)} />
        {database.since && (
          <>
            {' '}
            since <When at={database.since} />
          </>
        )}
        <Typography variant="body2" color="textSecondary">
          <HealthSentence database={database} causeOnly />
        </Typography>
        <Typography variant="caption" color="textSecondary">
          {database.observedAt ? (
            <>
              Checked <Age at={database.observedAt} />
              {old && ', should be every 30 s'}
            </>
          ) : (
            'Not checked yet'
          )}
        </Typography>
      </TableCell>
      <TableCell className={classes.short} data-label="Engine">
        {engineName(database.engine)}
      </TableCell>
      <TableCell data-label="Restorable to">
        {freshness.restorableTo ? (
          <Age at={freshness.restorableTo} />
        ) : (
          whyNotRestorable(database)
        )}
      </TableCell>
      <TableCell className={classes.short} data-label="RPO">
        <RpoCell database={database} />
      </TableCell>
      <TableCell className={classes.short} data-label="RTO">
        <RtoCell objectives={database.objectives} />
      </TableCell>
      <TableCell className={classes.short} data-label="Last proof">
        <LastProofCell database={database} />
      </TableCell>
      <TableCell className={classes.short} data-label="Alerts">
        {alertCount === undefined ? 'Not known' : `${alertCount} firing`}
      </TableCell>
      <TableCell data-label="Owner">
        {database.owner ? (
          <EntityRefLink
            entityRef={database.owner}
            defaultKind="group"
            hideIcon
          />
        ) : (
          'No owner'
        )}
      </TableCell>
    </TableRow>
  );
}

/** One row a database, one glance a column. */
export function FleetTable(props: {
  databases: readonly Database[];
  sort: FleetColumn;
  onSort: (column: FleetColumn) => void;
}) {
  const classes = useStyles();
  const now = useNow();
  const heading = { sort: props.sort, onSort: props.onSort };
  return (
    <TableContainer>
      <Table size="small" aria-label="Databases" className={classes.table}>
        <TableHead>
          <TableRow>
            <Heading column="database" {...heading}>
              Database
            </Heading>
            <Heading column="worst" {...heading}>
              Health
            </Heading>
            <Heading column="engine" {...heading}>
              Engine
            </Heading>
            <Heading column="restorable" {...heading}>
              Restorable to
            </Heading>
            <TableCell>RPO</TableCell>
            <TableCell>RTO</TableCell>
            <Heading column="proof" {...heading}>
              Last proof
            </Heading>
            <TableCell>Alerts</TableCell>
            <Heading column="owner" {...heading}>
              Owner
            </Heading>
          </TableRow>
        </TableHead>
        <TableBody>
          {props.databases.map(database => (
            <Row key={database.id} database={database} now={now} />
          ))}
        </TableBody>
      </Table>
    </TableContainer>
  );
}
