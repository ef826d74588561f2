import { OperationKind } from 'backstage-plugin-database-ops-common';
import { Secret } from '../secrets/Secret';
import { sealWorkerSpec } from '../worker/sealWorkerSpec';
import { RepositoryDefinition } from './types';

const repository: RepositoryDefinition = {
  id: 'main',
  region: 'eu-central-1',
  bucket: 'backups',
  prefix: '',
  controlPrefix: 'control/',
  forcePathStyle: false,
  accessKeyId: new Secret('key-of-the-writer'),
  secretAccessKey: new Secret('secret-of-the-writer'),
  retention: {
    accessKeyId: new Secret('key-of-retention'),
    secretAccessKey: new Secret('secret-of-retention'),
  },
};

const secretsOf = (kind: OperationKind, of = repository) =>
  Object.values(
    sealWorkerSpec({
      operationId: 'one',
      kind,
      requestedBy: 'user:default/owner',
      parameters: {},
      engineModule: 'toy',
      timeoutSeconds: 60,
      leaseSeconds: 30,
      executorHost: 'host',
      database: { id: 'orders', title: 'Orders', engine: 'toy', config: {} },
      repository: of,
    }).secrets,
  );

describe('the identity that a worker gets', () => {
  it.each<OperationKind>([
    'backup',
    'restore',
    'verify',
    'inventory',
    'discard',
  ])('of a %s is never the one that removes backups', kind => {
    expect(secretsOf(kind)).toEqual([
      'key-of-the-writer',
      'secret-of-the-writer',
    ]);
  });

  it('of an expire is the one that removes backups, alone', () => {
    expect(secretsOf('expire')).toEqual([
      'key-of-retention',
      'secret-of-retention',
    ]);
  });

  it('of an expire is the usual one where there is no other', () => {
    const { retention: _, ...rest } = repository;
    expect(secretsOf('expire', rest)).toEqual([
      'key-of-the-writer',
      'secret-of-the-writer',
    ]);
  });
});
