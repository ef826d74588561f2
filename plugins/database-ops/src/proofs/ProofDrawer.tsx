import { Link, StructuredMetadataTable } from '@backstage/core-components';
import { useRouteRef } from '@backstage/core-plugin-api';
import Table from '@material-ui/core/Table';
import TableBody from '@material-ui/core/TableBody';
import TableCell from '@material-ui/core/TableCell';
import TableHead from '@material-ui/core/TableHead';
import TableRow from '@material-ui/core/TableRow';
import Typography from '@material-ui/core/Typography';
import { Proof } from 'backstage-plugin-database-ops-common';
import { RowHeader } from '../layout/RowHeader';
import { SideDrawer } from '../layout/SideDrawer';
import { operationRouteRef } from '../routes';
import { StatusLabel } from '../status/StatusLabel';
import { When } from '../time/When';
import { formatValue } from '../units/format';
import { CHECK_WORDS, PROOF_WORDS } from './words';

/** What one verification established, check by check. */
export function ProofDrawer(props: { proof?: Proof; onClose: () => void }) {
  const { proof } = props;
  const operationRoute = useRouteRef(operationRouteRef);
  return (
    <SideDrawer
      title={`Verification ${proof?.depth ?? ''}`}
      open={proof !== undefined}
      onClose={props.onClose}
    >
      {proof && (
        <>
          <Typography variant="body1" component="div" paragraph>
            <StatusLabel {...PROOF_WORDS[proof.state]} />{' '}
            <When at={proof.endedAt} yours />. {proof.sentence}{' '}
            <Link
              to={operationRoute({ operationId: proof.operationId })}
              underline="always"
            >
              Its operation
            </Link>
          </Typography>
          <Table size="small" aria-label="Checks">
            <TableHead>
              <TableRow>
                <TableCell>Check</TableCell>
                <TableCell>Result</TableCell>
                <TableCell>Found</TableCell>
              </TableRow>
            </TableHead>
            <TableBody>
              {proof.checks.map(check => (
                <TableRow key={check.id}>
                  <RowHeader>{check.title}</RowHeader>
                  <TableCell>
                    <StatusLabel {...CHECK_WORDS[check.status]} />
                  </TableCell>
                  <TableCell>
                    {check.sentence}
                    {check.value !== undefined &&
                      ` (${formatValue(check.value, check.unit)})`}
                  </TableCell>
                </TableRow>
              ))}
            </TableBody>
          </Table>
          {proof.facts && <StructuredMetadataTable metadata={proof.facts} />}
        </>
      )}
    </SideDrawer>
  );
}
