import { InputError } from '@backstage/errors';
import { RepositoryDefinition } from '../databases/types';
import { parseConfig } from '../engine/secretSchema';
import { Secret } from '../secrets/Secret';
import { desiredSetup } from './desiredSetup';
import { toRule } from './mergeLifecycle';
import { repositorySetupSchema } from './setupSchema';

const PATH = 'databaseOps.repositories.main.setup';
const HOST = 'arn:aws:iam::123456789012:role/database-host';
const WRITER = 'arn:aws:iam::123456789012:role/writer';

function repository(
  setup: object,
  overrides: Partial<RepositoryDefinition> = {},
): RepositoryDefinition {
  return {
    id: 'main',
    region: 'eu-central-1',
    bucket: 'backups',
    prefix: '',
    controlPrefix: 'control/',
    forcePathStyle: false,
    accessKeyId: new Secret('key'),
    secretAccessKey: new Secret('secret'),
    setup: parseConfig(repositorySetupSchema, setup, PATH),
    ...overrides,
  };
}

const TOOL = { toolPrefixes: [{ prefix: 'pgbackrest/' }] };

describe('desiredSetup', () => {
  it('never expires or moves a current object by itself', () => {
    const { rules, transitions } = desiredSetup(repository(TOOL));
    expect(transitions).toEqual([]);
    expect(rules.map(toRule).map(({ Expiration }) => Expiration ?? {})).toEqual(
      [
        {},
        { ExpiredObjectDeleteMarker: true },
        { ExpiredObjectDeleteMarker: true },
      ],
    );
  });

  it('ends versions only where a tool or a lease owns the current object', () => {
    const { rules } = desiredSetup(repository(TOOL, { prefix: 'db/' }));
    expect(
      rules.flatMap(({ prefix, noncurrentDays }) =>
        noncurrentDays ? [[prefix, noncurrentDays]] : [],
      ),
    ).toEqual([
      ['db/control/', 1],
      ['db/pgbackrest/', 30],
    ]);
  });

  it.each([
    ['no tool', {}, '', { Resource: ['arn:aws:s3:::backups/*'] }],
    [
      'a tool that cannot send the header',
      TOOL,
      '',
      { NotResource: ['arn:aws:s3:::backups/pgbackrest/*'] },
    ],
    [
      'such a tool in a bucket that others use too',
      TOOL,
      'db/',
      {
        Resource: [
          'arn:aws:s3:::backups/db/databases/*',
          'arn:aws:s3:::backups/db/control/*',
          'arn:aws:s3:::backups/db/README.md',
        ],
      },
    ],
  ])('demands encryption of every put, with %s', (_, setup, prefix, where) => {
    const { statements } = desiredSetup(repository(setup, { prefix }));
    expect(
      statements.find(({ Sid }) => Sid.endsWith('RefuseUnencryptedPuts')),
    ).toMatchObject({ Effect: 'Deny', Principal: '*', ...where });
  });

  it('leaves writers no deletion of a backup once an identity of its own does that', () => {
    const setup = { ...TOOL, identities: { writers: [WRITER] } };
    const keys = {
      accessKeyId: new Secret('key'),
      secretAccessKey: new Secret('secret'),
    };
    const deletions = (overrides: Partial<RepositoryDefinition>) =>
      desiredSetup(repository(setup, { prefix: 'db/', ...overrides }))
        .statements.filter(({ Action }) => Action.includes('s3:DeleteObject'))
        .map(({ Effect, Resource }) => [Effect, Resource]);
    expect(deletions({})).toEqual([['Allow', ['arn:aws:s3:::backups/db/*']]]);
    expect(deletions({ retention: keys })).toEqual([
      [
        'Allow',
        [
          'arn:aws:s3:::backups/db/control/*',
          'arn:aws:s3:::backups/db/pgbackrest/backup/*/latest',
        ],
      ],
      [
        'Deny',
        [
          'arn:aws:s3:::backups/db/databases/*',
          'arn:aws:s3:::backups/db/audit/*',
          'arn:aws:s3:::backups/db/pgbackrest/*/*/*/*',
        ],
      ],
    ]);
  });

  it('names no identity that configuration does not name', () => {
    const { statements } = desiredSetup(repository({}));
    expect(statements.map(({ Effect }) => Effect)).toEqual(['Deny', 'Deny']);
  });

  it.each(['GLACIER', 'DEEP_ARCHIVE'])(
    'refuses a transition to %s with the key and the reason',
    storageClass => {
      const transitions = [{ afterDays: 30, storageClass }];
      expect(() => repository({ transitions })).toThrow(
        new RegExp(`${PATH}.transitions.0..storageClass: .*must be retrieved`),
      );
    },
  );

  it('refuses identities that are not apart', () => {
    expect(() =>
      repository({ identities: { writers: [WRITER], retention: [WRITER] } }),
    ).toThrow(InputError);
    expect(() =>
      repository({ identities: { writers: [HOST], databaseHosts: [HOST] } }),
    ).toThrow(/databaseHosts.0.: expected an identity of its own/);
  });

  it('refuses to give a tool the whole repository', () => {
    expect(() => repository({ toolPrefixes: [{ prefix: '' }] })).toThrow(
      /toolPrefixes.0..prefix: expected the prefix of the tool/,
    );
  });
});
