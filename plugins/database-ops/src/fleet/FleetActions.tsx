import { useState } from 'react';
import Button from '@material-ui/core/Button';
import { makeStyles } from '@material-ui/core/styles';
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
  const [pausing, setPausing] = useState(false);
  const paused = modes.value?.items.some(({ scope }) => scope === GLOBAL_SCOPE);
  return (
    <div className={classes.root}>
      {!paused && (
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
