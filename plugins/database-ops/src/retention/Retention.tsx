import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Database,
  PinList as Pins,
  RetentionPreview,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { ActionButton } from '../layout/ActionButton';
import { LiveContent } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { RepositoryChoice, repositoriesOf } from '../layout/RepositoryChoice';
import { Live, useLive } from '../live/useLive';
import { reasonAgainst } from '../operations/reasons';
import { StatusLabel } from '../status/StatusLabel';
import { Age, When } from '../time/When';
import { Size } from '../units/Size';
import { ExpireDialog } from './ExpireDialog';
import { PinDialog } from './PinDialog';
import { PinList } from './PinList';
import { RetentionTable } from './RetentionTable';
import { whyNotExpire } from './words';

const useStyles = makeStyles(theme => ({
  part: { marginTop: theme.spacing(3) },
  actions: { margin: theme.spacing(1, 0) },
}));

/** Why the viewer cannot pin or end a pin; the API decides again. */
function whyNotRetain(database: Database): string | undefined {
  return database.permissions?.retain === false
    ? `You lack the permission database-ops.database.retain on ${database.id}. Ask its owner.`
    : undefined;
}

function Preview(props: {
  database: Database;
  preview: RetentionPreview;
  pins: Live<Pins>;
  onChanged: () => void;
}) {
  const { database, preview, pins, onChanged } = props;
  const classes = useStyles();
  const [pinning, setPinning] = useState<string>();
  const [expiring, setExpiring] = useState(false);
  const whyNot = whyNotRetain(database);
  const unknown = preview.state === 'unknown';
  return (
    <>
      {preview.promise && (
        <Typography variant="body1" paragraph>
          {preview.promise}
        </Typography>
      )}
      <Typography variant="body2" component="div" role="status">
        {unknown && (
          <StatusLabel look="unknown" word="Nothing is removed while unknown" />
        )}
        <div>{preview.sentence}</div>
        {preview.reason && <div>{preview.reason}</div>}
        {preview.logsSentence && (
          <div>
            {preview.logsSentence}
            {preview.logsKeptFrom && (
              <>
                {' '}
                Kept from <When at={preview.logsKeptFrom.time} yours />.
              </>
            )}
          </div>
        )}
      </Typography>
      <Typography variant="body2" color="textSecondary" component="div">
        {preview.freedBytes !== undefined && preview.removes > 0 && (
          <>
            Frees <Size bytes={preview.freedBytes} />.{' '}
          </>
        )}
        {preview.inventoryObservedAt && (
          <>
            Repository read <Age at={preview.inventoryObservedAt} />.
          </>
        )}
      </Typography>
      <div className={classes.actions}>
        <ActionButton
          variant="outlined"
          size="small"
          disabledReason={
            whyNotExpire(preview) ?? reasonAgainst(database, 'expire')
          }
          onClick={() => setExpiring(true)}
        >
          Expire now…
        </ActionButton>
      </div>
      {preview.entries.length === 0 ? (
        <EmptyNote>There is no backup to decide about.</EmptyNote>
      ) : (
        <RetentionTable
          databaseId={database.id}
          entries={preview.entries}
          whyNotPin={whyNot}
          onPin={setPinning}
        />
      )}
      <section className={classes.part} aria-label="What is pinned">
        <Typography variant="h6" component="h3">
          Pins
        </Typography>
        <LiveContent live={pins} what={`the pins of ${database.id}`} lines={2}>
          {({ items }) => (
            <PinList pins={items} whyNot={whyNot} onEnded={onChanged} />
          )}
        </LiveContent>
      </section>
      {pinning && (
        <PinDialog
          databaseId={database.id}
          backupId={pinning}
          onClose={() => setPinning(undefined)}
          onPinned={() => {
            setPinning(undefined);
            onChanged();
          }}
        />
      )}
      {expiring && (
        <ExpireDialog
          database={database}
          preview={preview}
          onClose={() => setExpiring(false)}
        />
      )}
    </>
  );
}

/** What retention would keep and remove now, why, and what is pinned. */
export function Retention(props: { database: Database }) {
  const { database } = props;
  const api = useApi(databaseOpsApiRef);
  const [first] = repositoriesOf(database);
  const [repositoryId, setRepositoryId] = useState(first);
  const preview = useLive({
    key: `${database.id} ${repositoryId ?? ''}`,
    load: () => api.getRetentionPreview(database.id, repositoryId),
    intervalSeconds: 60,
    refreshOn: signal =>
      signal.type === 'backups' && signal.databaseId === database.id,
  });
  const pins = useLive({
    key: database.id,
    load: () => api.getPins(database.id),
  });
  return (
    <>
      {repositoryId && (
        <RepositoryChoice
          database={database}
          repositoryId={repositoryId}
          onChange={setRepositoryId}
          helperText="Each repository keeps and removes its own."
        />
      )}
      <LiveContent
        live={preview}
        what={`the retention of ${database.id}`}
        lines={12}
      >
        {value => (
          <Preview
            database={database}
            preview={value}
            pins={pins}
            onChanged={() => {
              preview.refresh();
              pins.refresh();
            }}
          />
        )}
      </LiveContent>
    </>
  );
}
