import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { RestoreMode } from 'backstage-plugin-database-ops-common';
import { Choices } from '../layout/Choices';
import { StatusLabel } from '../status/StatusLabel';
import { ParameterFields } from '../parameters/ParameterFields';
import { formatIsoDuration } from '../time/format';
import { exactBytes, formatBytes } from '../units/format';
import { EXPIRY_CHOICES } from './expiry';
import { RestoreDraft } from './useRestoreDraft';

function Pause(props: { draft: RestoreDraft }) {
  const { pause, setPause } = props.draft;
  return (
    <Choices
      legend="When it is there"
      choices={[
        {
          id: 'pause',
          title: 'Pause to look first',
          description:
            'It can be read, moved to a later moment, promoted or discarded.',
        },
        {
          id: 'open',
          title: 'Open it at once',
          description:
            'It can be written to at once and cannot move to another moment any more.',
        },
      ]}
      chosen={pause ? 'pause' : 'open'}
      onChoose={id => setPause(id === 'pause')}
    />
  );
}

function Where(props: { draft: RestoreDraft; databaseId: string }) {
  const { draft, databaseId } = props;
  return (
    <Choices<RestoreMode>
      legend="Where"
      choices={[
        {
          id: 'new-place',
          title: 'To a new place',
          description: `${databaseId} keeps running and is not changed.`,
        },
        {
          id: 'in-place',
          title: `In place, onto ${databaseId} itself`,
          description: `${databaseId} is stopped; its data is kept aside and what is restored takes its place.`,
        },
      ]}
      chosen={draft.mode}
      onChoose={draft.setMode}
    />
  );
}

function NewPlace(props: { draft: RestoreDraft; sizeBytes?: number }) {
  const { draft, sizeBytes } = props;
  const choices = new Set<string>([...EXPIRY_CHOICES, draft.expiresAfter]);
  return (
    <>
      <Typography variant="body2">
        <strong>New place.</strong> The restore makes an instance of its own
        beside the worker, with its own directory and port.
        {sizeBytes !== undefined && (
          <>
            {' '}
            It writes{' '}
            <span title={exactBytes(sizeBytes)}>{formatBytes(sizeBytes)}</span>.
          </>
        )}
      </Typography>
      <TextField
        id="database-ops-expiry"
        label="Keep for"
        select
        SelectProps={{ native: true }}
        value={draft.expiresAfter}
        onChange={event => draft.setExpiresAfter(event.target.value)}
        helperText="Then it is discarded by itself. It can be discarded earlier."
        fullWidth
        margin="normal"
      >
        {[...choices].map(choice => (
          <option key={choice} value={choice}>
            {formatIsoDuration(choice)}
          </option>
        ))}
      </TextField>
    </>
  );
}

function InPlace(props: { databaseId: string }) {
  const { databaseId } = props;
  return (
    <Typography variant="body2" component="div" role="status">
      <StatusLabel look="bad" word={`${databaseId} is stopped and replaced`} />
      <div>
        It runs while the copy is made and verified beside it; then it is down
        until the copy stands in its place, with nothing of what was written
        after the moment. Until that is confirmed, one click puts back what was
        there before; both need their space.
      </div>
    </Typography>
  );
}

/** Second step: where it goes, how long it is kept, and the engine's own parameters. */
export function PlaceStep(props: {
  databaseId: string;
  draft: RestoreDraft;
  sizeBytes?: number;
}) {
  const { databaseId, draft, sizeBytes } = props;
  return (
    <>
      {draft.modes.includes('in-place') && (
        <Where draft={draft} databaseId={databaseId} />
      )}
      {draft.mode === 'in-place' ? (
        <InPlace databaseId={databaseId} />
      ) : (
        <NewPlace draft={draft} sizeBytes={sizeBytes} />
      )}
      {draft.parts.action && draft.mode === 'new-place' && (
        <Pause draft={draft} />
      )}
      <ParameterFields
        fields={draft.parts.how}
        draft={draft.values}
        onChange={draft.setValues}
      />
    </>
  );
}
