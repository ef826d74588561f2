import { InputError } from '@backstage/errors';
import {
  Backup,
  EngineCapabilities,
} from 'backstage-plugin-database-ops-common';
import { RepositoryDefinition } from 'backstage-plugin-database-ops-node';
import { Duration } from 'luxon';
import { BackupStore } from '../../backups/BackupStore';
import {
  KnownRepository,
  knownRepositories,
} from '../../repositories/knownInventories';
import { findRepository } from '../../repositories/repositoriesOf';
import { resolveOn } from '../../reachability/resolveOn';
import { checkParameters, choose } from './parameters';
import { JudgeRequest } from './types';

const DEFAULT_EXPIRY = 'PT24H';
const LONGEST_EXPIRY = Duration.fromObject({ days: 30 });

/** The backup that a person most likely meant: the one whose label begins alike, else the newest. */
function nearest(present: readonly Backup[], wanted: string): Backup {
  const alike = ({ id }: Backup) => {
    const differsAt = [...id].findIndex(
      (character, index) => character !== wanted[index],
    );
    return differsAt < 0 ? id.length : differsAt;
  };
  return present.reduce((best, backup) =>
    alike(backup) > alike(best) ? backup : best,
  );
}

async function checkBackup(
  backups: BackupStore,
  databaseId: string,
  kind: string,
  backupId: unknown,
): Promise<void> {
  const present = await backups.listPresent(databaseId);
  if (present.length === 0) {
    throw new InputError(
      `Database '${databaseId}' has no present backup to restore; take a backup or an inventory first.`,
    );
  }
  if (backupId === undefined && kind !== 'backup') {
    return;
  }
  if (
    typeof backupId !== 'string' ||
    !present.some(backup => backup.id === backupId)
  ) {
    const known =
      typeof backupId === 'string' && (await backups.get(databaseId, backupId));
    const choice = nearest(present, String(backupId ?? ''));
    throw new InputError(
      `Backup '${String(backupId ?? '')}' of database '${databaseId}' ${known ? `is ${known.state}` : 'does not exist'}; the nearest present one is '${choice.id}', taken ${choice.stoppedAt}.`,
    );
  }
}

function expiryOf(expiresAfter: unknown): string {
  const text = expiresAfter ?? DEFAULT_EXPIRY;
  const duration =
    typeof text === 'string' ? Duration.fromISO(text) : undefined;
  if (
    !duration?.isValid ||
    duration.toMillis() <= 0 ||
    duration > LONGEST_EXPIRY
  ) {
    throw new InputError(
      `Parameter 'expiresAfter' is '${String(text)}'; give an ISO 8601 duration up to P30D, such as ${DEFAULT_EXPIRY}.`,
    );
  }
  return String(text);
}

/** Onto the source only on explicit request, and where the configuration allows it. */
function isInPlace(
  mode: unknown,
  { restoreModes = ['new-place'] }: EngineCapabilities,
  databaseId: string,
): boolean {
  const wanted = mode ?? 'new-place';
  if (!restoreModes.some(offered => offered === wanted)) {
    throw new InputError(
      `Restore mode '${String(wanted)}' is not offered for database '${databaseId}'; choose ${restoreModes.map(offered => `'${offered}'`).join(' or ')}.`,
    );
  }
  return wanted === 'in-place';
}

/** A restore, confirmed by the database's name, to something the repository holds. */
export function createRestoreJudge(backups: BackupStore): JudgeRequest {
  return async ({
    database,
    capabilities,
    parameters,
    confirmation,
    repositoryId: named,
  }) => {
    if (confirmation !== database.id) {
      throw new InputError(
        `Type the name of the database, '${database.id}', as confirmation to restore it.`,
      );
    }
    const { kind: wanted, expiresAfter, mode, ...own } = parameters;
    const inPlace = isInPlace(mode, capabilities, database.id);
    const kind = choose(
      capabilities.restoreKinds,
      wanted ?? capabilities.restoreKinds[0]?.id,
      'Restore kind',
    );
    checkParameters(kind.parameters, own, `restore kind '${kind.id}'`);
    await checkBackup(backups, database.id, kind.id, own.backupId);
    let repositoryId = named;
    let readsBackupId: string | undefined;
    let readsLogFrom: string | undefined;
    if (database.engine.engine.describe.resolve) {
      const known = await knownRepositories(backups, database);
      const resolution = resolveOn(
        database,
        known,
        { ...own, kind: kind.id },
        named,
      );
      if (!resolution.reachable) {
        throw new InputError(resolution.sentence);
      }
      repositoryId = resolution.repositoryId;
      readsBackupId = resolution.backupId;
      if (kind.id !== 'backup') {
        readsLogFrom = startOf(readsBackupId, {
          of: known,
          in: findRepository(database, repositoryId),
        });
      }
    }
    return {
      parameters: {
        ...own,
        kind: kind.id,
        ...(inPlace && { mode: 'in-place' }),
        expiresAfter: expiryOf(expiresAfter),
      },
      repositoryId,
      readsBackupId,
      readsLogFrom,
    };
  };
}

function startOf(
  backupId: string | undefined,
  known: {
    readonly of: readonly KnownRepository[];
    readonly in: RepositoryDefinition;
  },
): string | undefined {
  return known.of
    .find(({ repository }) => repository === known.in)
    ?.inventory?.backups.find(({ id }) => id === backupId)?.startedAt;
}
