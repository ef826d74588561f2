import {
  OperateTarget,
  proofSentence,
  proofStateOf,
  RunContext,
  VerifyOutcome,
} from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { readInventory } from '../inventory/readInventory';
import { objectLockChecks } from '../object-lock/objectLockChecks';
import { prefixInStore, requirePgBackRest } from '../pgbackrest/configuration';
import { PgBackRest } from '../pgbackrest/PgBackRest';
import { cipherPassOf } from '../pgbackrest/repositories';
import {
  ageCheck,
  checksumChecks,
  contiguityChecks,
  encryptionCheck,
} from './repositoryChecks';
import { readVerifyText } from './verifyText';

/** Reading every byte of a big repository takes hours. */
const VERIFY_SECONDS = 24 * 3600;

/** Proves that the repository holds, whole and without a gap, what it lists. */
export async function verifyRepository(
  target: OperateTarget<PostgresqlConfig>,
  options: { readonly maximumAgeSeconds: number },
  context: RunContext,
): Promise<VerifyOutcome> {
  const startedAt = context.clock();
  const inventory = await readInventory(target, context);
  context.progress({ step: 'Reading every file of the repository' });
  const pgbackrest = await PgBackRest.create(target, context);
  const { stdout, stderr } = await pgbackrest.output({
    command: 'verify',
    // Only its log names the files.
    logLevel: 'info',
    args: ['--output=text', '--verbose'],
    timeoutSeconds: VERIFY_SECONDS,
  });
  const report = readVerifyText(stdout, pgbackrest.config.stanza, stderr);
  const checks = [
    ...checksumChecks(report, inventory),
    ...contiguityChecks(inventory),
    ageCheck(inventory, options.maximumAgeSeconds),
    encryptionCheck(
      cipherPassOf(target) ? 'aes-256-cbc' : undefined,
      await storeEncryption(target, context),
    ),
    ...(await objectLockChecks(target, inventory, context)),
  ];
  return {
    proof: {
      depth: 'repository',
      state: proofStateOf(checks),
      sentence: proofSentence(
        checks,
        `The repository holds ${inventory.backups.length} backups, whole and with their WAL.`,
      ),
      startedAt: startedAt.toISOString(),
      endedAt: context.clock().toISOString(),
      checks,
      facts: { backups: inventory.backups.length },
    },
  };
}

/** What the store says of pgBackRest's own list of backups, where that lies below the repository's prefix. */
async function storeEncryption(
  target: OperateTarget<PostgresqlConfig>,
  context: RunContext,
): Promise<string | undefined> {
  const { stanza } = requirePgBackRest(target);
  const prefix = prefixInStore(target);
  return prefix === undefined
    ? undefined
    : context.store.encryptionOf(`${prefix}backup/${stanza}/backup.info`);
}
