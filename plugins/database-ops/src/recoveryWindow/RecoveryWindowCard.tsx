import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  Backup,
  Database,
  RecoveryWindow,
} from 'backstage-plugin-database-ops-common';
import { takesBackups } from '../backup/restorable';
import { LiveCard } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { SideDrawer } from '../layout/SideDrawer';
import { useShown } from '../layout/useShown';
import { useNow } from '../time/useNow';
import { Age } from '../time/When';
import { Sentence } from '../time/Sentence';
import { extentOf, lanesOf } from './lanes';
import { LanesDrawing } from './LanesDrawing';
import { Legend } from './Legend';
import { RepositoryStates } from './RepositoryStates';
import { useMarks, useRecoveryWindow } from './useRecoveryWindow';
import { WindowTable } from './WindowTable';
import { summaryOf } from './words';

/** Room at the window's ends, so that the first and last marks are whole. */
const MARGIN_SHARE = 0.01;

const useStyles = makeStyles(theme => ({
  foot: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    alignItems: 'flex-end',
    gap: theme.spacing(1),
  },
}));

function WindowContent(props: {
  database: Database;
  window: RecoveryWindow;
  backups: readonly Backup[];
}) {
  const classes = useStyles();
  const { database, window } = props;
  const nowMs = useNow();
  const list = useShown('recovery-window');
  const lanes = lanesOf(window);
  const extent = extentOf(lanes);
  if (!extent) {
    return (
      <EmptyNote>
        {window.sentence}{' '}
        {takesBackups(database) &&
          `What can be restored of ${database.id} is drawn here from its first backup on.`}
      </EmptyNote>
    );
  }
  const backups = props.backups.filter(backup => backup.state === 'present');
  const types = database.capabilities?.backupTypes ?? [];
  const toMs = Math.max(extent.toMs, nowMs);
  const margin = Math.max((toMs - extent.fromMs) * MARGIN_SHARE, 1000);
  return (
    <>
      <Typography variant="body2" paragraph>
        <Sentence text={window.sentence} />
      </Typography>
      <div role="img" aria-label={summaryOf(lanes)}>
        <LanesDrawing
          lanes={lanes}
          backups={backups}
          types={types}
          view={{ fromMs: extent.fromMs - margin, toMs: toMs + margin }}
          nowMs={nowMs}
        />
      </div>
      <div className={classes.foot}>
        <div>
          <Legend
            types={types}
            shown={[...new Set(backups.map(backup => backup.type))]}
          />
          <Typography variant="caption" color="textSecondary" component="p">
            Times on the line are UTC; the dotted line is now.
            {window.observedAt && (
              <>
                {' '}
                Repository read <Age at={window.observedAt} />.
              </>
            )}
          </Typography>
        </div>
        <Button size="small" color="primary" onClick={list.show}>
          As a table
        </Button>
      </div>
      <RepositoryStates
        database={database}
        window={window}
        backups={props.backups}
      />
      <SideDrawer
        title={`Recovery window of ${database.id}`}
        open={list.shown}
        onClose={list.hide}
      >
        <WindowTable lanes={lanes} databaseId={database.id} />
      </SideDrawer>
    </>
  );
}

/** The moments a database can be restored to: proved, claimed, and the gaps. */
export function RecoveryWindowCard(props: { database: Database }) {
  const { database } = props;
  const window = useRecoveryWindow(database.id);
  const marks = useMarks(database.id);
  return (
    <LiveCard
      title="Recovery window"
      live={window}
      what={`the recovery window of ${database.id}`}
      lines={6}
    >
      {value => (
        <WindowContent
          database={database}
          window={value}
          backups={marks.value?.items ?? []}
        />
      )}
    </LiveCard>
  );
}
