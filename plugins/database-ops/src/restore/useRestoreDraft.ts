import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import {
  Backup,
  BackupList,
  Database,
  Proof,
  Reachability,
  RestoreKind,
  RestoreMode,
} from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { backupKey } from '../backup/backupKey';
import { Live, useLive } from '../live/useLive';
import {
  draftOf,
  ParameterDraft,
  parametersOf,
  problemOf,
} from '../parameters/fields';
import { Lane, lanesOf } from '../recoveryWindow/lanes';
import { newestOf, Picked } from '../recoveryWindow/picks';
import { useReachability } from '../recoveryWindow/useReachability';
import {
  useMarks,
  useRecoveryWindow,
} from '../recoveryWindow/useRecoveryWindow';
import { formatExact } from '../time/format';
import { DEFAULT_EXPIRY } from './expiry';
import { partsOf, RestoreParts } from './parts';

type Given = Readonly<Record<string, unknown>>;

function text(value: unknown): string | undefined {
  return typeof value === 'string' ? value : undefined;
}

/** The moment that an earlier request named. */
function givenMoment(given: Given, parts: RestoreParts): Picked | undefined {
  const time = parts.moment && text(given[parts.moment.name]);
  const ms = time ? Date.parse(time) : NaN;
  return Number.isNaN(ms)
    ? undefined
    : { laneId: String(given.timeline ?? ''), ms };
}

/** The backup that an earlier request named; in its repository, where it says which. */
function givenBackup(
  { backupId, repositoryId }: Given,
  present: readonly Backup[],
): Backup | undefined {
  const alike = present.filter(({ id }) => id === backupId);
  return alike.find(backup => backup.repositoryId === repositoryId) ?? alike[0];
}

/** A backup as a request names it: with its repository, where there are several. */
function choiceOf({ id, repositoryId }: Backup): Record<string, string> {
  return {
    backupId: id,
    ...(repositoryId === undefined ? {} : { repositoryId }),
  };
}

export interface RestoreDraft {
  readonly kinds: readonly RestoreKind[];
  readonly kindId: string;
  readonly setKindId: (kindId: string) => void;
  readonly parts: RestoreParts;
  /** Where it can go; the first is offered. */
  readonly modes: readonly RestoreMode[];
  readonly mode: RestoreMode;
  readonly setMode: (mode: RestoreMode) => void;
  readonly window: Live<unknown>;
  readonly lanes: readonly Lane[];
  readonly backups: Live<BackupList>;
  readonly present: readonly Backup[];
  readonly proofs: readonly Proof[];
  readonly backup?: Backup;
  /** Chooses one by its `backupKey`. */
  readonly setBackupKey: (key: string) => void;
  readonly picked?: Picked;
  readonly setPicked: (picked: Picked) => void;
  readonly setUnreadable: (unreadable: boolean) => void;
  readonly reach: Live<Reachability | undefined>;
  readonly values: ParameterDraft;
  readonly setValues: (values: ParameterDraft) => void;
  readonly expiresAfter: string;
  readonly setExpiresAfter: (expiresAfter: string) => void;
  readonly pause: boolean;
  readonly setPause: (pause: boolean) => void;
  /** Whether the first and the second step are complete. */
  readonly ready: readonly [boolean, boolean];
  /** What is restored, as the subject of a sentence. */
  readonly moment: string;
  readonly parameters: () => Record<string, string | number | boolean>;
}

/** Everything that the steps of a restore ask for. */
export function useRestoreDraft(
  database: Database,
  given: Given,
): RestoreDraft {
  const api = useApi(databaseOpsApiRef);
  const kinds = database.capabilities?.restoreKinds ?? [];
  const [kindId, setKindId] = useState(text(given.kind) ?? kinds[0]?.id ?? '');
  const kind = kinds.find(candidate => candidate.id === kindId);
  const parts = partsOf(kind);
  const modes = database.capabilities?.restoreModes ?? ['new-place'];
  const [modeChosen, setMode] = useState(text(given.mode));
  const mode = modes.find(each => each === modeChosen) ?? 'new-place';

  const window = useRecoveryWindow(database.id);
  const backups = useMarks(database.id);
  const proofs = useLive({
    key: database.id,
    load: () => api.getProofs(database.id, { limit: 50 }),
  });
  const lanes = window.value ? lanesOf(window.value) : [];

  const [backupChosen, setBackupKey] = useState<string>();
  const [chosen, setPicked] = useState<Picked | undefined>(
    givenMoment(given, parts),
  );
  const [unreadable, setUnreadable] = useState(false);
  const [changed, setValues] = useState<ParameterDraft>({});
  const [expiresAfter, setExpiresAfter] = useState(
    text(given.expiresAfter) ?? DEFAULT_EXPIRY,
  );
  const [pauseChosen, setPause] = useState<boolean>();

  const present = (backups.value?.items ?? []).filter(
    backup => backup.state === 'present',
  );
  const backup =
    present.find(each => backupKey(each) === backupChosen) ??
    givenBackup(given, present) ??
    present[0];
  const picked = chosen ?? newestOf(lanes);
  const lane =
    lanes.find(each => each.id === picked?.laneId) ??
    // An earlier request names the timeline only.
    lanes.find(({ timeline }) => String(timeline) === picked?.laneId) ??
    lanes[0];
  const values = {
    ...draftOf([...parts.when, ...parts.how], given),
    ...changed,
  };
  const wrong = (fields: RestoreParts['when']) =>
    fields.some(field => problemOf(field, values[field.name]));

  const lsn = parts.when.some(({ name }) => name === 'lsn')
    ? String(values.lsn ?? '')
    : '';
  const time = picked && new Date(picked.ms).toISOString();
  let asked: { time?: string; lsn?: string; timeline?: number } | undefined;
  if (parts.moment && time) {
    asked = { time, timeline: lane?.timeline };
  } else if (lsn) {
    asked = { lsn };
  }
  const reach = useReachability(database.id, asked);
  const reachable = reach.value?.reachable === true;

  const pause =
    pauseChosen ?? (text(given.action) ?? parts.action?.initial) === 'pause';

  const moments = (): string => {
    if (parts.moment && time) {
      return formatExact(time);
    }
    if (parts.wantsBackup && backup) {
      return backup.repositoryId === undefined
        ? `Backup ${backup.id}`
        : `Backup ${backup.id} in ${backup.repositoryId}`;
    }
    const named = parts.when.map(({ name, title }) =>
      `${title} ${values[name] ?? ''}`.trim(),
    );
    return named.length > 0
      ? named.join(', ')
      : `The ${(kind?.title ?? 'chosen').toLowerCase()} moment`;
  };

  return {
    kinds,
    kindId,
    setKindId,
    parts,
    modes,
    mode,
    setMode,
    window,
    lanes,
    backups,
    present,
    proofs: proofs.value?.items ?? [],
    backup,
    setBackupKey,
    picked,
    setPicked,
    setUnreadable,
    reach,
    values,
    setValues,
    expiresAfter,
    setExpiresAfter,
    pause,
    setPause,
    ready: [
      kind !== undefined &&
        (!parts.wantsBackup || backup !== undefined) &&
        (!parts.moment || (reachable && !unreadable)) &&
        !wrong(parts.when) &&
        (!lsn || reachable),
      !wrong(parts.how),
    ],
    moment: moments(),
    parameters: () => ({
      ...parametersOf([...parts.when, ...parts.how], values),
      kind: kindId,
      ...(parts.wantsBackup && backup ? choiceOf(backup) : {}),
      ...(parts.moment && time ? { [parts.moment.name]: time } : {}),
      ...(parts.moment && parts.wantsTimeline && lane?.timeline !== undefined
        ? { timeline: lane.timeline }
        : {}),
      // What is restored onto the source opens, and does not go by itself.
      ...(mode === 'in-place'
        ? { mode }
        : {
            ...(parts.action ? { action: pause ? 'pause' : 'open' } : {}),
            expiresAfter,
          }),
    }),
  };
}
