import { readConfiguredRepository } from 'backstage-plugin-database-ops-backend/configuration';
import { RepositoryBucket, Secret } from 'backstage-plugin-database-ops-node';
import type {
  S3Credentials,
  SetupFinding,
} from 'backstage-plugin-database-ops-node';
import { DateTime } from 'luxon';
import { loadConfiguration } from '../configuration/loadConfiguration';
import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { formatBytes } from '../output/format';
import { CommandContext, print } from './context';

/** Where a repository is described. */
export interface RepositoryTarget {
  readonly id: string;
  readonly config: readonly string[];
}

/**
 * The account that may change a bucket. Only from the environment: in the
 * portal's configuration the portal would have it too.
 */
function setupCredentials({ terminal }: CommandContext): S3Credentials {
  const {
    DBOPS_SETUP_ACCESS_KEY_ID: accessKeyId,
    DBOPS_SETUP_SECRET_ACCESS_KEY: secretAccessKey,
    DBOPS_SETUP_SESSION_TOKEN: sessionToken,
  } = terminal.env;
  if (!accessKeyId || !secretAccessKey) {
    throw new UsageError(
      'Give the account that may change the bucket in DBOPS_SETUP_ACCESS_KEY_ID and DBOPS_SETUP_SECRET_ACCESS_KEY (with DBOPS_SETUP_SESSION_TOKEN where there is one); the account of the portal must not be able to.',
    );
  }
  return {
    accessKeyId: new Secret(accessKeyId),
    secretAccessKey: new Secret(secretAccessKey),
    sessionToken: sessionToken ? new Secret(sessionToken) : undefined,
  };
}

async function withBucket<T>(
  context: CommandContext,
  target: RepositoryTarget,
  work: (bucket: RepositoryBucket) => Promise<T>,
): Promise<T> {
  const credentials = setupCredentials(context);
  const bucket = await RepositoryBucket.open(
    readConfiguredRepository(await loadConfiguration(target.config), target.id),
    { credentials },
  );
  try {
    return await work(bucket);
  } finally {
    bucket.close();
  }
}

/** Differences first, then how each aspect stands. */
function linesOf(
  { id }: RepositoryTarget,
  findings: readonly SetupFinding[],
): readonly string[] {
  const changes = findings.flatMap(finding => finding.changes);
  return [
    ...changes,
    ...(changes.length > 0 ? [''] : []),
    ...findings.map(
      ({ aspect, state, danger, sentence }) =>
        `${aspect.padEnd(14)} ${state.padEnd(12)} ${danger ? 'DANGER: ' : ''}${sentence}`,
    ),
    changes.length === 0
      ? `Repository '${id}': nothing to change.`
      : `Repository '${id}': ${changes.length} differences.`,
  ];
}

function has(findings: readonly SetupFinding[], state: SetupFinding['state']) {
  return findings.some(finding => finding.state === state);
}

/** Shows what `apply` would change. */
export async function planRepository(
  context: CommandContext,
  target: RepositoryTarget,
): Promise<ExitCode> {
  const findings = await withBucket(context, target, bucket => bucket.check());
  print(context, findings, () => linesOf(target, findings));
  return EXIT.ok;
}

/** Makes the bucket as configured; done again it changes nothing. */
export async function applyRepository(
  context: CommandContext,
  target: RepositoryTarget,
): Promise<ExitCode> {
  const { planned, findings } = await withBucket(
    context,
    target,
    async bucket => ({
      planned: await bucket.check(),
      findings: await bucket.apply(),
    }),
  );
  planned
    .flatMap(({ changes }) => changes)
    .forEach(change => context.terminal.err(change));
  print(context, findings, () => linesOf(target, findings));
  if (has(findings, 'differs')) {
    return EXIT.error;
  }
  return has(findings, 'unknown') ? EXIT.unknown : EXIT.ok;
}

/** Fails when the bucket is not as configured. */
export async function checkRepository(
  context: CommandContext,
  target: RepositoryTarget,
): Promise<ExitCode> {
  const findings = await withBucket(context, target, bucket => bucket.check());
  print(context, findings, () => linesOf(target, findings));
  if (has(findings, 'differs')) {
    return EXIT.drift;
  }
  return has(findings, 'unknown') ? EXIT.unknown : EXIT.ok;
}

/** Brings back what was deleted since a moment; only shows it unless told to. */
export async function undeleteInRepository(
  context: CommandContext,
  target: RepositoryTarget,
  options: {
    readonly before: string;
    readonly prefix?: string;
    readonly apply?: boolean;
  },
): Promise<ExitCode> {
  const before = DateTime.fromISO(options.before, { zone: 'utc' });
  if (!before.isValid) {
    throw new UsageError(
      `--before is the first moment that is not trusted, such as 2026-11-23T10:00:00Z; not '${options.before}'.`,
    );
  }
  const steps = await withBucket(context, target, async bucket => {
    const planned = await bucket.planUndelete(
      before.toJSDate(),
      options.prefix,
    );
    for (const step of options.apply ? planned : []) {
      await bucket.undelete(step);
    }
    return planned;
  });
  const bytes = steps.reduce((sum, { sizeBytes }) => sum + sizeBytes, 0);
  const total = `${steps.length} objects, ${formatBytes(bytes)}`;
  print(context, steps, () => [
    ...steps.map(
      ({ key, sizeBytes, markers }) =>
        `+ ${key} (${formatBytes(sizeBytes)}${markers ? '' : ', replaced before it was deleted'})`,
    ),
    options.apply
      ? `Brought back: ${total}.`
      : `Would come back: ${total}. Run it again with --apply.`,
  ]);
  return EXIT.ok;
}
