import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Database,
  MaintenancePreview,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { SecondPerson } from '../approvals/SecondPerson';
import { Choices } from '../layout/Choices';
import { LiveContent } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { useLive } from '../live/useLive';
import { StartDialog } from '../operations/StartDialog';
import { StatusLabel } from '../status/StatusLabel';
import { Age } from '../time/When';
import { MaintenanceObjects } from './MaintenanceObjects';
import { Selection, useSelection } from './useSelection';

const useStyles = makeStyles(theme => ({
  heading: { marginTop: theme.spacing(1) },
  commands: {
    margin: theme.spacing(0.5, 0, 1),
    padding: theme.spacing(1),
    maxHeight: 160,
    overflow: 'auto',
    backgroundColor: theme.palette.background.default,
    whiteSpace: 'pre-wrap',
    overflowWrap: 'anywhere',
  },
}));

function Preview(props: { preview: MaintenancePreview; selection: Selection }) {
  const { preview, selection } = props;
  const classes = useStyles();
  if (preview.items.length === 0) {
    return <EmptyNote>{preview.sentence}</EmptyNote>;
  }
  return (
    <>
      <Typography variant="body2">
        {preview.sentence}{' '}
        {preview.observedAt && (
          <>
            Looked <Age at={preview.observedAt} />.
          </>
        )}
      </Typography>
      {preview.warnings?.map(warning => (
        <Typography key={warning} variant="body2" component="div" role="alert">
          <StatusLabel look="warning" word={warning} />
        </Typography>
      ))}
      <MaintenanceObjects items={preview.items} selection={selection} />
      {selection.picked.length > 0 && (
        <>
          <Typography
            variant="subtitle2"
            component="h3"
            className={classes.heading}
          >
            Exactly this runs
          </Typography>
          {/* What scrolls has to be reached by keyboard. */}
          {/* eslint-disable-next-line jsx-a11y/no-noninteractive-tabindex */}
          <pre className={classes.commands} tabIndex={0} aria-label="Commands">
            {selection.picked.map(({ command }) => command).join('\n')}
          </pre>
        </>
      )}
    </>
  );
}

/** Starts maintenance of objects that somebody ticked, with the commands in sight. */
export function MaintainDialog(props: {
  database: Database;
  onClose: () => void;
}) {
  const { database } = props;
  const api = useApi(databaseOpsApiRef);
  const actions = database.capabilities?.maintenance ?? [];
  const [action, setAction] = useState(actions[0]?.id ?? '');
  const preview = useLive({
    key: `${database.id} ${action}`,
    load: () => api.getMaintenancePreview(database.id, action),
  });
  const selection = useSelection(action, preview.value?.items ?? []);
  return (
    <StartDialog
      title={`Maintain ${database.id}`}
      wide
      onClose={props.onClose}
      button={{ label: 'Start maintenance', busyLabel: 'Starting' }}
      ready={selection.picked.length > 0}
      request={{
        databaseId: database.id,
        kind: 'maintain',
        parameters: {
          action,
          objects: selection.picked.map(({ object }) => object),
        },
      }}
    >
      <Choices
        legend="What"
        choices={actions}
        chosen={action}
        onChoose={next => {
          selection.pickSuggested();
          setAction(next);
        }}
      />
      <LiveContent
        live={preview}
        what={`what this would do to ${database.id}`}
        lines={8}
      >
        {value => <Preview preview={value} selection={selection} />}
      </LiveContent>
      <SecondPerson database={database} kind="maintain" />
    </StartDialog>
  );
}
