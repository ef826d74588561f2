import { toError } from '@backstage/errors';
import { Signal, SignalStatus } from 'backstage-plugin-database-ops-common';
import {
  RepositoryBucket,
  RepositoryDefinition,
  SetupFinding,
  signalOf,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';
import { ReadyDatabase } from '../databases/types';
import { SignalSource } from '../monitoring/types';
import { repositoriesOf } from './repositoriesOf';
import { signalOfRepository } from './signalOfRepository';

const SIGNAL = { id: 'repository-setup', title: 'Repository set-up' };

/** Buckets are changed by people: minutes are soon enough, and a check is a dozen requests. */
const INTERVAL_SECONDS = 300;
/** What could not be found out may be a short outage. */
const RETRY_SECONDS = 30;

/** What was found of a repository's set-up, or why nothing was. */
export interface SetupFacts {
  readonly findings: readonly SetupFinding[];
  readonly failure?: string;
  readonly observedAt: Date;
}

type CheckBucket = (
  repository: RepositoryDefinition,
) => Promise<readonly SetupFinding[]>;

/** Reads with the portal's own account, once for all databases of a repository. */
export function bucketCheck(timeoutSeconds: number): CheckBucket {
  return async repository => {
    const bucket = await RepositoryBucket.open(repository, {
      connectTimeoutSeconds: Math.min(3, timeoutSeconds),
      requestTimeoutSeconds: timeoutSeconds,
      maxAttempts: 1,
    });
    try {
      return await bucket.check();
    } finally {
      bucket.close();
    }
  };
}

/**
 * Whether repositories' buckets are set up as configured; changes nothing.
 * Repositories without `setup` are not judged.
 */
export class SetupProbe implements SignalSource {
  readonly id = SIGNAL.id;
  readonly title = SIGNAL.title;
  readonly #check: CheckBucket;
  readonly #clock: () => Date;
  readonly #last = new Map<
    string,
    { readonly facts: Promise<SetupFacts>; readonly validUntilMs: number }
  >();

  constructor(options: {
    readonly check: CheckBucket;
    readonly clock?: () => Date;
  }) {
    this.#check = options.check;
    this.#clock = options.clock ?? (() => new Date());
  }

  /** Never throws; `undefined` when configuration does not say how the bucket shall be. */
  async factsOf(
    repository: RepositoryDefinition,
  ): Promise<SetupFacts | undefined> {
    if (!repository.setup) {
      return undefined;
    }
    const nowMs = this.#clock().getTime();
    const last = this.#last.get(repository.id);
    if (last && nowMs < last.validUntilMs) {
      return await last.facts;
    }
    const facts = this.#readNow(repository);
    const keep = (seconds: number) =>
      this.#last.set(repository.id, {
        facts,
        validUntilMs: nowMs + seconds * 1000,
      });
    keep(INTERVAL_SECONDS);
    if ((await facts).failure) {
      keep(RETRY_SECONDS);
    }
    return await facts;
  }

  async read(database: ReadyDatabase): Promise<readonly Signal[]> {
    const signals = repositoriesOf(database).map(async (repository, index) => {
      const facts = await this.factsOf(repository);
      return facts
        ? [
            signalOfRepository(signalOfSetup(repository, facts), {
              repository,
              index,
            }),
          ]
        : [];
    });
    return (await Promise.all(signals)).flat();
  }

  async #readNow(repository: RepositoryDefinition): Promise<SetupFacts> {
    const observedAt = this.#clock();
    try {
      return { observedAt, findings: await this.#check(repository) };
    } catch (thrown) {
      return { observedAt, findings: [], failure: toError(thrown).message };
    }
  }
}

/** One signal over all aspects, the worst first. */
function signalOfSetup(
  repository: RepositoryDefinition,
  { findings, failure, observedAt }: SetupFacts,
): Signal {
  const name = `Repository '${repository.id}'`;
  const inState = (state: SetupFinding['state']) =>
    findings.filter(finding => finding.state === state);
  const differing = inState('differs');
  const unknown = inState('unknown');
  if (differing.length > 0) {
    const danger = differing.some(finding => finding.danger);
    return signalOf(danger ? 'critical' : 'warning', {
      ...SIGNAL,
      observedAt,
      value: differing.length,
      sentence: `${name} is not set up as configured: ${sentences(differing)} See 'dbops repository plan ${repository.id}'.`,
    });
  }
  if (failure || unknown.length > 0) {
    return unknownSignal({
      ...SIGNAL,
      observedAt,
      sentence: `Whether ${name.toLowerCase()} is set up as configured is not known: ${failure ?? sentences(unknown)}`,
    });
  }
  const unsupported = inState('unsupported').map(({ aspect }) => aspect);
  return signalOf('ok', {
    ...SIGNAL,
    observedAt,
    value: 0,
    sentence: `${name} is set up as configured${
      unsupported.length > 0
        ? `; its store does not support ${unsupported.join(', ')}`
        : ''
    }.`,
  });
}

function sentences(findings: readonly SetupFinding[]): string {
  return findings.map(({ sentence }) => sentence).join(' ');
}

const STATUS: Record<SetupFinding['state'], SignalStatus> = {
  ok: 'ok',
  differs: 'warning',
  // Not there, which is not the same as right.
  unsupported: 'unknown',
  unknown: 'unknown',
};

/** One signal an aspect, for the list of repositories. */
export function signalsOfFindings(
  facts: SetupFacts | undefined,
): readonly Signal[] {
  if (facts?.failure) {
    return [
      unknownSignal({
        ...SIGNAL,
        observedAt: facts.observedAt,
        sentence: facts.failure,
      }),
    ];
  }
  return (facts?.findings ?? []).map(finding =>
    signalOf(finding.danger ? 'critical' : STATUS[finding.state], {
      id: `setup-${finding.aspect}`,
      title: `${finding.aspect.charAt(0).toUpperCase()}${finding.aspect.slice(1).replaceAll('-', ' ')}`,
      observedAt: facts?.observedAt,
      sentence: [finding.sentence, ...finding.changes].join('\n'),
    }),
  );
}
