import { InfoCard } from '@backstage/core-components';
import { useApi } from '@backstage/core-plugin-api';
import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableContainer from '@material-ui/core/TableContainer';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Repository } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { DatabaseLink } from '../fleet/DatabaseLink';
import { SignalLine } from '../health/SignalLine';
import { worstFirst } from '../health/signals';
import { LiveContent } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { OpsPage } from '../layout/OpsPage';
import { RowHeader } from '../layout/RowHeader';
import { stackedTable } from '../layout/stackedTable';
import { useLive } from '../live/useLive';
import { StatusLabel } from '../status/StatusLabel';
import { Age } from '../time/When';
import { formatMoney } from '../units/format';
import { Size } from '../units/Size';

const useStyles = makeStyles(theme => ({
  table: stackedTable(theme),
  findings: { listStyle: 'none', padding: 0, margin: 0 },
  databases: { display: 'flex', flexWrap: 'wrap', gap: theme.spacing(0, 1) },
  wide: { minWidth: 240 },
  whole: { whiteSpace: 'nowrap' },
}));

function Cost(props: { repository: Repository }) {
  const { repository } = props;
  const { monthlyCost, currency, costSentence, storageClasses } = repository;
  return (
    <>
      {monthlyCost === undefined ? (
        'Not known'
      ) : (
        <>{formatMoney(monthlyCost, currency)} a month</>
      )}
      {costSentence && (
        <Typography variant="body2" color="textSecondary">
          {costSentence}
        </Typography>
      )}
      {storageClasses?.map(({ name, sizeBytes, monthlyCost: each }) => (
        <Typography
          key={name}
          variant="body2"
          color="textSecondary"
          component="div"
        >
          {name}: <Size bytes={sizeBytes} />
          {each !== undefined && `, ${formatMoney(each, currency)}`}
        </Typography>
      ))}
    </>
  );
}

function Findings(props: { repository: Repository }) {
  const { findings, observedAt } = props.repository;
  const classes = useStyles();
  const wrong = worstFirst(findings).filter(({ status }) => status !== 'ok');
  const right = findings.length - wrong.length;
  return (
    <>
      {findings.length === 0 && (
        <StatusLabel look="unknown" word="Not checked yet" />
      )}
      {findings.length > 0 && wrong.length === 0 && (
        <StatusLabel look="good" word={`All ${right} checks are right`} />
      )}
      {wrong.length > 0 && (
        <ul className={classes.findings}>
          {wrong.map(finding => (
            <SignalLine key={finding.id} signal={finding} />
          ))}
        </ul>
      )}
      {observedAt && (
        <Typography variant="caption" color="textSecondary" component="div">
          {wrong.length > 0 && `${right} more are right. `}Checked{' '}
          <Age at={observedAt} />
        </Typography>
      )}
    </>
  );
}

function Row(props: { repository: Repository }) {
  const { repository } = props;
  const classes = useStyles();
  const { bucket, prefix, endpoint, region, databaseIds } = repository;
  return (
    <TableRow>
      <RowHeader>
        <strong>{repository.id}</strong>
        <Typography variant="body2" color="textSecondary" component="div">
          {bucket}
          {prefix && `/${prefix}`}
          {endpoint && ` at ${endpoint}`}
          {region && ` (${region})`}
        </Typography>
      </RowHeader>
      <TableCell data-label="Databases">
        <span className={classes.databases}>
          {databaseIds.length === 0 && 'none'}
          {databaseIds.map(id => (
            <DatabaseLink key={id} databaseId={id} amongWords />
          ))}
        </span>
      </TableCell>
      <TableCell data-label="Size" className={classes.whole}>
        <Size bytes={repository.sizeBytes} />
      </TableCell>
      <TableCell data-label="Cost">
        <Cost repository={repository} />
      </TableCell>
      <TableCell className={classes.wide} data-label="Findings">
        <Findings repository={repository} />
      </TableCell>
    </TableRow>
  );
}

/** Where backups live: what is in it, what it costs, what is wrong with it. */
export function RepositoriesPage() {
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const repositories = useLive({
    key: 'repositories',
    load: () => api.getRepositories(),
    intervalSeconds: 120,
  });
  return (
    <OpsPage title="Repositories" tab="repositories">
      <InfoCard>
        <LiveContent live={repositories} what="the repositories" lines={8}>
          {({ items }) =>
            items.length === 0 ? (
              <EmptyNote>
                No repositories that you may see. They are configured under{' '}
                <code>databaseOps.repositories</code>; one is shown to whoever
                may read a database in it.
              </EmptyNote>
            ) : (
              <TableContainer>
                <Table
                  size="small"
                  aria-label="Repositories"
                  className={classes.table}
                >
                  <TableHead>
                    <TableRow>
                      <TableCell>Repository</TableCell>
                      <TableCell>Databases</TableCell>
                      <TableCell>Size</TableCell>
                      <TableCell>Cost</TableCell>
                      <TableCell>Findings</TableCell>
                    </TableRow>
                  </TableHead>
                  <TableBody>
                    {items.map(repository => (
                      <Row key={repository.id} repository={repository} />
                    ))}
                  </TableBody>
                </Table>
              </TableContainer>
            )
          }
        </LiveContent>
      </InfoCard>
    </OpsPage>
  );
}
