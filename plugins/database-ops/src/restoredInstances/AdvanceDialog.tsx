import { useState } from 'react';
import Typography from '@material-ui/core/Typography';
import {
  Database,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { LiveContent } from '../layout/LiveCard';
import { EmptyNote } from '../layout/notes';
import { SubmitDialog } from '../layout/SubmitDialog';
import { StartError } from '../operations/StartError';
import { useStart } from '../operations/useStart';
import { Lane, laneOfMoment, lanesOf } from '../recoveryWindow/lanes';
import { MomentPicker } from '../recoveryWindow/MomentPicker';
import { newestOf, Picked } from '../recoveryWindow/picks';
import { useReachability } from '../recoveryWindow/useReachability';
import { useRecoveryWindow } from '../recoveryWindow/useRecoveryWindow';
import { When } from '../time/When';

/** What of a branch lies after a moment. */
export function laneAfter(lane: Lane, ms: number): Lane {
  return {
    ...lane,
    spans: lane.spans
      .filter(span => span.toMs > ms)
      .map(span => ({ ...span, fromMs: Math.max(span.fromMs, ms + 1) })),
  };
}

/** Moves a paused instance to a later moment of its branch. */
export function AdvanceDialog(props: {
  database: Database;
  instance: RestoredInstance;
  onClose: () => void;
}) {
  const { database, instance } = props;
  const window = useRecoveryWindow(database.id);
  const start = useStart();
  const [chosen, setPicked] = useState<Picked>();
  const [unreadable, setUnreadable] = useState(false);

  const nowAt = instance.moment ? Date.parse(instance.moment.time) : 0;
  const all = window.value ? lanesOf(window.value) : [];
  const lane = laneOfMoment(all, instance.moment) ?? all[0];
  const lanes = lane ? [laneAfter(lane, nowAt)] : [];
  const picked = chosen ?? newestOf(lanes);
  const time = picked && new Date(picked.ms).toISOString();
  const reach = useReachability(
    database.id,
    time ? { time, timeline: lane?.timeline } : undefined,
  );
  const later = picked !== undefined && picked.ms > nowAt;
  const ready = later && !unreadable && reach.value?.reachable === true;

  return (
    <SubmitDialog
      title="Move the restored instance forward"
      wide
      onClose={props.onClose}
      button={{
        label: 'Move forward',
        busyLabel: 'Starting',
        expected: true,
      }}
      ready={ready}
      submit={() =>
        start({
          databaseId: database.id,
          kind: 'advance',
          parameters: { restoredInstanceId: instance.id, kind: 'time', time },
        })
      }
      failed={error => <StartError error={error} />}
    >
      <Typography variant="body2" paragraph>
        {instance.moment && (
          <>
            It stands at <When at={instance.moment.time} yours exact />.{' '}
          </>
        )}
        It can move to a later moment only: for an earlier one, restore again.
      </Typography>
      <LiveContent
        live={window}
        what={`the recovery window of ${database.id}`}
        lines={8}
      >
        {() =>
          picked ? (
            <MomentPicker
              database={database}
              lanes={lanes}
              backups={[]}
              proofs={[]}
              picked={picked}
              onPick={setPicked}
              onUnreadable={setUnreadable}
              reach={reach}
            />
          ) : (
            <EmptyNote>
              Nothing later can be restored yet. New moments appear as log is
              archived.
            </EmptyNote>
          )
        }
      </LiveContent>
      {picked && !later && (
        <Typography variant="body2" role="alert">
          This is not later than where it stands.
        </Typography>
      )}
    </SubmitDialog>
  );
}
