import { lazy, Suspense, useRef, useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Button from '@material-ui/core/Button';
import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableContainer from '@material-ui/core/TableContainer';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Database, Proof } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { firstRows } from '../api/pages';
import { ActionButton } from '../layout/ActionButton';
import { LiveCard, SkeletonLines } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { RowHeader } from '../layout/RowHeader';
import { stackedTable } from '../layout/stackedTable';
import { useQueryValue } from '../layout/useShown';
import { useLive } from '../live/useLive';
import { reasonAgainst } from '../operations/reasons';
import { StatusLabel } from '../status/StatusLabel';
import { formatSeconds } from '../time/format';
import { When } from '../time/When';
import { ProofDrawer } from './ProofDrawer';
import { VerifyDialog } from './VerifyDialog';
import { PROOF_WORDS } from './words';

// A chart's library is loaded where there is something to draw.
const ProofCharts = lazy(() =>
  import('./ProofCharts').then(module => ({ default: module.ProofCharts })),
);

/** Enough for a year of monthly verifications and a month of daily ones. */
const DRAWN_PROOFS = 100;

const LISTED_PROOFS = 8;

const useStyles = makeStyles(theme => ({
  table: stackedTable(theme),
  length: { whiteSpace: 'nowrap' },
}));

function Row(props: { proof: Proof; onShow: () => void }) {
  const { proof } = props;
  const classes = useStyles();
  const seconds = (value: number | undefined) =>
    value === undefined ? '–' : formatSeconds(value);
  return (
    <TableRow>
      <RowHeader>
        <When at={proof.endedAt} yours />
      </RowHeader>
      <TableCell data-label="Result">
        <StatusLabel {...PROOF_WORDS[proof.state]} />
      </TableCell>
      <TableCell data-label="Depth">
        {proof.depth}
        {proof.repositoryId && ` of ${proof.repositoryId}`}
      </TableCell>
      <TableCell data-label="RPO" className={classes.length}>
        {seconds(proof.rpoSeconds)}
      </TableCell>
      <TableCell data-label="RTO" className={classes.length}>
        {seconds(proof.rtoSeconds)}
      </TableCell>
      <TableCell data-label="What was proved">{proof.sentence}</TableCell>
      <TableCell>
        <Button
          size="small"
          aria-label={`Checks of the verification of ${proof.endedAt}`}
          onClick={props.onShow}
        >
          Checks
        </Button>
      </TableCell>
    </TableRow>
  );
}

/** What verifications of a database proved, over time. */
export function ProofsCard(props: { database: Database }) {
  const { database } = props;
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const rows = useRef(DRAWN_PROOFS);
  const [listed, setListed] = useState(LISTED_PROOFS);
  const [verifying, setVerifying] = useState(false);
  const [shownId, setShownId] = useQueryValue('proof');
  const proofs = useLive({
    key: database.id,
    load: () =>
      firstRows(rows.current, page => api.getProofs(database.id, page)),
    intervalSeconds: 120,
    refreshOn: signal =>
      signal.type === 'operation' && signal.databaseId === database.id,
  });
  const verifies = database.capabilities?.verbs.includes('verify') ?? false;
  return (
    <LiveCard
      title="Proof history"
      live={proofs}
      what={`the proofs of ${database.id}`}
      lines={8}
      action={
        verifies && (
          <ActionButton
            size="small"
            color="primary"
            disabledReason={reasonAgainst(database, 'verify')}
            onClick={() => setVerifying(true)}
          >
            Verify now…
          </ActionButton>
        )
      }
    >
      {list => (
        <>
          {list.items.length === 0 ? (
            <EmptyNote>
              No verification of {database.id} yet. One restores a backup to a
              scratch place, checks what is in it, and measures RPO and RTO.
            </EmptyNote>
          ) : (
            <>
              <Suspense
                fallback={<SkeletonLines lines={8} label="the charts" />}
              >
                <ProofCharts
                  proofs={list.items}
                  objectives={database.objectives}
                />
              </Suspense>
              <TableContainer>
                <Table
                  size="small"
                  aria-label={`Verifications of ${database.id}`}
                  className={classes.table}
                >
                  <TableHead>
                    <TableRow>
                      <TableCell>Ended</TableCell>
                      <TableCell>Result</TableCell>
                      <TableCell>Depth</TableCell>
                      <TableCell>RPO</TableCell>
                      <TableCell>RTO</TableCell>
                      <TableCell>What was proved</TableCell>
                      <TableCell>Details</TableCell>
                    </TableRow>
                  </TableHead>
                  <TableBody>
                    {list.items.slice(0, listed).map(proof => (
                      <Row
                        key={proof.id}
                        proof={proof}
                        onShow={() => setShownId(proof.id)}
                      />
                    ))}
                  </TableBody>
                </Table>
              </TableContainer>
              <Typography variant="body2" color="textSecondary">
                {Math.min(listed, list.items.length)} of {list.totalItems}.
              </Typography>
              {listed < list.totalItems && (
                <Button
                  size="small"
                  color="primary"
                  onClick={() => {
                    setListed(list.totalItems);
                    rows.current = list.totalItems;
                    proofs.refresh();
                  }}
                >
                  Show all
                </Button>
              )}
              <ProofDrawer
                proof={list.items.find(({ id }) => id === shownId)}
                onClose={() => setShownId(undefined)}
              />
            </>
          )}
          {verifying && (
            <VerifyDialog
              database={database}
              onClose={() => setVerifying(false)}
            />
          )}
        </>
      )}
    </LiveCard>
  );
}
