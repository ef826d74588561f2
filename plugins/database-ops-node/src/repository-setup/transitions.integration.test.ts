import { FleetLoan } from 'local-fleet';
import { RepositoryDefinition } from '../databases/types';
import { Secret } from '../secrets/Secret';
import { TO_COLDER, changesOf, statesOf } from './__testUtils__/bucketStage';
import { RepositoryBucket } from './RepositoryBucket';
import { repositorySetupSchema } from './setupSchema';

jest.setTimeout(120_000);

async function answers(repository: RepositoryDefinition): Promise<boolean> {
  const bucket = await RepositoryBucket.open(repository, { maxAttempts: 1 });
  try {
    return (await bucket.check()).length > 0;
  } finally {
    bucket.close();
  }
}

describe('set-up of a repository on a store with transitions', () => {
  let loan: FleetLoan;
  let stop: () => Promise<void> = async () => {};
  let repository: RepositoryDefinition;

  beforeAll(async () => {
    loan = await FleetLoan.take({ only: ['s3'] });
    const { context } = loan.fleet;
    const port = await context.port('s3-tiers');
    const { caFile, certFile, keyFile } =
      await context.certificate('fleet-s3-tiers');
    repository = {
      id: 'tiers',
      endpoint: `https://127.0.0.1:${port}`,
      caFile,
      region: 'us-east-1',
      bucket: 'tiers',
      prefix: 'backups/',
      controlPrefix: 'control/',
      forcePathStyle: true,
      accessKeyId: new Secret('any'),
      secretAccessKey: new Secret('any'),
      setup: repositorySetupSchema.parse({
        toolPrefixes: [{ prefix: 'pgbackrest/' }],
        transitions: [TO_COLDER],
        objectLock: true,
      }),
    };
    const server = context.process({
      name: 'fleet-s3-tiers',
      command: await context.tool('moto_server'),
      args: [
        ...['-H', '127.0.0.1', '-p', `${port}`],
        ...['--ssl-cert', certFile, '--ssl-key', keyFile],
      ],
      ready: async () => answers(repository),
      readySeconds: 60,
      stopSeconds: 5,
    });
    stop = () => server.stop({ force: true });
    await server.start();
  });

  afterAll(async () => {
    await stop();
    await loan?.giveBack();
  });

  it('sets everything, transitions and public access block too, and finds a change by hand', async () => {
    const bucket = await RepositoryBucket.open(repository);
    expect(changesOf(await bucket.check())).toContain(
      "+ rule database-ops-tiers.transition-pgbackrest-backup-30: moves objects to STANDARD_IA after 30 d, below 'backups/pgbackrest/backup/'",
    );
    expect(statesOf(await bucket.apply())).toEqual({
      bucket: 'ok',
      encryption: 'ok',
      versioning: 'ok',
      'object-lock': 'ok',
      'public-access': 'ok',
      policy: 'ok',
      lifecycle: 'ok',
      transitions: 'ok',
      // This stand-in takes each denial without its condition, so that nobody
      // reads an object any more.
      layout: 'unknown',
    });
    expect(changesOf(await bucket.check())).toEqual([]);

    const later = { ...TO_COLDER, afterDays: 60 };
    const changed = await RepositoryBucket.open({
      ...repository,
      setup: { ...repository.setup!, transitions: [later] },
    });
    expect(changesOf(await changed.check())).toEqual([
      expect.stringMatching(/^\+ rule .*after 60 d/),
      expect.stringMatching(/^- rule .*transition-pgbackrest-backup-30$/),
    ]);
    expect(changesOf(await changed.apply())).toEqual([]);
    bucket.close();
    changed.close();
  });
});
