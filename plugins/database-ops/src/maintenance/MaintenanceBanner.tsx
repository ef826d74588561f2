import { useApi } from '@backstage/core-plugin-api';
import { usePermission } from '@backstage/plugin-permission-react';
import Button from '@material-ui/core/Button';
import Paper from '@material-ui/core/Paper';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  databaseOpsPausePermission,
  MaintenanceMode,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { ErrorNote } from '../layout/notes';
import { useSubmit } from '../layout/useSubmit';
import { Actor } from '../operations/Actor';
import { StatusLabel } from '../status/StatusLabel';
import { Age, When } from '../time/When';
import {
  announceMaintenance,
  GLOBAL_SCOPE,
  useMaintenance,
} from './useMaintenance';

const useStyles = makeStyles(theme => ({
  banner: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'center',
    justifyContent: 'space-between',
    gap: theme.spacing(1),
    padding: theme.spacing(1, 2),
    marginBottom: theme.spacing(2),
    borderLeft: `4px solid ${theme.palette.status.warning}`,
  },
  words: { flex: '1 1 260px' },
}));

function Banner(props: { mode: MaintenanceMode }) {
  const { mode } = props;
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const pause = usePermission({ permission: databaseOpsPausePermission });
  const { busy, error, submit } = useSubmit(async () => {
    await api.endMaintenance(mode.scope);
    announceMaintenance();
  });
  const whose = mode.scope === GLOBAL_SCOPE ? 'all databases' : mode.scope;
  return (
    <Paper
      component="section"
      className={classes.banner}
      aria-label={`Maintenance mode of ${whose}`}
    >
      <div className={classes.words}>
        <Typography variant="body2" component="div">
          <StatusLabel look="warning" word={`Maintenance mode of ${whose}`} />{' '}
          until <When at={mode.until} yours /> (<Age at={mode.until} />
          ): {mode.reason}
        </Typography>
        <Typography variant="body2" color="textSecondary" component="div">
          <Actor actor={mode.startedBy} /> began it <Age at={mode.startedAt} />.
          What is requested waits in the queue; what runs goes on.
        </Typography>
        {error && (
          <ErrorNote error={error} what="the end of the maintenance" doing />
        )}
      </div>
      {(pause.allowed || mode.scope !== GLOBAL_SCOPE) && (
        <Button
          size="small"
          variant="outlined"
          disabled={busy}
          onClick={submit}
        >
          {busy ? 'Ending' : 'End it now'}
        </Button>
      )}
    </Paper>
  );
}

/** Says which queues are paused, why and until when; nothing while none is. */
export function MaintenanceBanner(props: { databaseId?: string }) {
  const modes = useMaintenance();
  const shown = (modes.value?.items ?? []).filter(
    ({ scope }) => scope === GLOBAL_SCOPE || scope === props.databaseId,
  );
  return (
    <div aria-live="polite">
      {shown.map(mode => (
        <Banner key={mode.scope} mode={mode} />
      ))}
    </div>
  );
}
