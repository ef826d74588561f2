import { useState } from 'react';
import { usePermission } from '@backstage/plugin-permission-react';
import Button from '@material-ui/core/Button';
import { makeStyles } from '@material-ui/core/styles';
import { databaseOpsPausePermission } from 'backstage-plugin-database-ops-common';
import { MaintenanceDialog } from '../maintenance/MaintenanceDialog';
import { GLOBAL_SCOPE, useMaintenance } from '../maintenance/useMaintenance';

const useStyles = makeStyles(theme => ({
  root: {
    display: 'flex',
    justifyContent: 'flex-end',
    marginBottom: theme.spacing(1),
  },
}));

/** What concerns all databases at once. */
export function FleetActions() {
  const classes = useStyles();
  const modes = useMaintenance();
  const pause = usePermission({ permission: databaseOpsPausePermission });
  const [pausing, setPausing] = useState(false);
  const paused = modes.value?.items.some(({ scope }) => scope === GLOBAL_SCOPE);
  return (
    <div className={classes.root}>
      {pause.allowed && !paused && (
        <Button size="small" onClick={() => setPausing(true)}>
          Pause all queues…
        </Button>
      )}
      {pausing && (
        <MaintenanceDialog
          scope={GLOBAL_SCOPE}
          onClose={() => setPausing(false)}
          onStarted={() => setPausing(false)}
        />
      )}
    </div>
  );
}
