import { Link, StructuredMetadataTable } from '@backstage/core-components';
import { useRouteRef } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { AuditEvent } from 'backstage-plugin-database-ops-common';
import { SideDrawer } from '../layout/SideDrawer';
import { Changes } from './Changes';
import { splitDetails } from './difference';
import { Actor } from '../operations/Actor';
import { operationRouteRef } from '../routes';
import { formatExact } from '../time/format';

/** Everything an audit event holds. */
export function AuditDrawer(props: {
  event?: AuditEvent;
  onClose: () => void;
}) {
  const operationRoute = useRouteRef(operationRouteRef);
  const { event } = props;
  const { changes, others } = splitDetails(event?.details);
  return (
    <SideDrawer
      title={`Audit event ${event?.seq ?? ''}`}
      open={event !== undefined}
      onClose={props.onClose}
    >
      {event && (
        <>
          <Typography variant="body1" paragraph>
            {event.sentence}
          </Typography>
          {changes && <Changes changes={changes} />}
          <StructuredMetadataTable
            metadata={{
              when: formatExact(event.at),
              actor: <Actor actor={event.actor} />,
              action: event.action,
              outcome: event.outcome,
              ...(event.databaseId ? { database: event.databaseId } : {}),
              ...(event.operationId
                ? {
                    operation: (
                      <Link
                        to={operationRoute({ operationId: event.operationId })}
                      >
                        {event.operationId}
                      </Link>
                    ),
                  }
                : {}),
              details: Object.keys(others).length > 0 ? others : 'none',
              hash: <code>{event.hash}</code>,
              'hash before': <code>{event.previousHash ?? 'none'}</code>,
            }}
          />
        </>
      )}
    </SideDrawer>
  );
}
