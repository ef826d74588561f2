// A portal whose policy wants a second person, and everybody around it.
import request from 'supertest';
import {
  TestDatabases,
  mockCredentials,
  mockServices,
} from '@backstage/backend-test-utils';
import { Entity } from '@backstage/catalog-model';
import { AuthorizeResult } from '@backstage/plugin-permission-common';
import { Approval, Operation } from 'backstage-plugin-database-ops-common';
import { Knex } from 'knex';
import { MemoryExecutor } from '../../__testUtils__/MemoryExecutor';
import { eventually } from '../../__testUtils__/eventually';
import {
  PolicyQuestion,
  TestPortal,
  startTestPortal,
} from '../../__testUtils__/startTestPortal';
import { testBackup, testInventory } from '../../__testUtils__/testEngine';

const databases = TestDatabases.create({ ids: ['SQLITE_3'] });

export const OWNER = 'user:default/owner';
export const BOSS = 'user:default/boss';
export const DUTY = 'user:default/duty';
export const TWIN = 'user:default/owner-admin';
export const STRANGER = 'user:default/stranger';

function person(
  name: string,
  groups: readonly string[],
  email: string,
): Entity {
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind: 'User',
    metadata: { name, namespace: 'default' },
    spec: { profile: { email } },
    relations: groups.map(group => ({
      type: 'memberOf',
      targetRef: `group:default/${group}`,
    })),
  };
}

export const ENTITIES = [
  person('owner', ['team'], 'o.wner@example.com'),
  person('owner-admin', ['approvers'], 'O.Wner@example.com'),
  person('boss', ['approvers'], 'boss@example.com'),
  person('duty', ['duty'], 'duty@example.com'),
  person('stranger', ['team'], 'stranger@example.com'),
];

const groupsOf = (userRef: string) =>
  ENTITIES.filter(({ metadata }) => userRef === `user:default/${metadata.name}`)
    .flatMap(({ relations = [] }) => relations)
    .map(({ targetRef }) => targetRef);

const policy = (approvers: string[]) => ({
  objectives: { rpo: 'PT1H' },
  schedules: {},
  retention: { keepLast: 1 },
  approvals: [
    {
      kinds: ['restore', 'promote', 'discard', 'backup', 'expire'],
      approvers,
      expiresAfter: 'PT1H',
      emergency: ['group:default/duty'],
    },
  ],
});

/** Registers the hooks of a test file that plays on it. */
export function approvalStage() {
  let database: Knex;
  let portal: TestPortal;
  const executor = new MemoryExecutor();
  const knex = (table: string) => database(table);
  let key = 0;
  /** Permissions that the portal's policy denies, as `user permission`. */
  const denied = new Set<string>();

  beforeAll(async () => {
    database = await databases.init('SQLITE_3');
    portal = await startTestPortal({
      knex: database,
      executor,
      entities: ENTITIES,
      features: [
        mockServices.userInfo.mock({
          getUserInfo: async ({ principal }: { principal: unknown }) => {
            const { userEntityRef } = principal as { userEntityRef: string };
            return {
              userEntityRef,
              ownershipEntityRefs: [userEntityRef, ...groupsOf(userEntityRef)],
            };
          },
        }).factory,
      ],
      config: {
        policies: {
          standard: policy(['group:default/approvers']),
          other: policy(['user:default/stranger']),
        },
        databases: Object.fromEntries(
          [
            ['orders', 'standard'],
            ['parcels', 'other'],
          ].map(([id, name]) => [
            id,
            {
              engine: 'test',
              repository: 'main',
              policy: name,
              entity: `resource:default/${id}`,
              test: { host: '127.0.0.1' },
            },
          ]),
        ),
        services: [
          {
            subject: 'external:night-shift',
            databases: ['orders'],
            kinds: ['restore', 'backup', 'discard'],
          },
        ],
      },
      decide: ({ permission, userEntityRef }: PolicyQuestion) => ({
        result: denied.has(`${userEntityRef} ${permission.name}`)
          ? AuthorizeResult.DENY
          : AuthorizeResult.ALLOW,
      }),
    });
    for (const databaseId of ['orders', 'parcels']) {
      await putInventory(databaseId, 'backup-1');
    }
  });

  afterAll(() => portal.backend.stop());

  async function putInventory(databaseId: string, ...ids: string[]) {
    const inventory = testInventory(
      databaseId,
      ids.map((id, index) => ({
        ...testBackup(databaseId, id),
        stoppedAt: `2026-11-20T0${9 - index}:00:00.000Z`,
      })),
    );
    await knex('inventories')
      .insert({
        database_id: databaseId,
        observed_at: inventory.observedAt,
        read_at: inventory.observedAt,
        data: JSON.stringify(inventory),
      })
      .onConflict(['database_id', 'repository_id'])
      .merge();
    for (const backup of inventory.backups) {
      await knex('backups')
        .insert({
          database_id: databaseId,
          id: backup.id,
          type: backup.type,
          started_at: backup.startedAt,
          stopped_at: backup.stoppedAt,
          state: 'present',
          data: JSON.stringify(backup),
        })
        .onConflict(['database_id', 'repository_id', 'id'])
        .merge();
    }
  }

  const url = (path: string) => `/api/database-ops${path}`;
  const header = (who: string) =>
    who.startsWith('user:')
      ? mockCredentials.user.header(who)
      : mockCredentials.service.header({
          onBehalfOf: mockCredentials.service(who),
          targetPluginId: 'database-ops',
        });
  /** Sends with any credentials, of whatever make. */
  const send = (path: string, authorization: string, body: object) =>
    request(portal.address)
      .post(url(path))
      .set('authorization', authorization)
      .send(body);
  const get = (path: string, who = OWNER) =>
    request(portal.address).get(url(path)).set('authorization', header(who));
  const post = (path: string, who: string, body: object) => {
    key += 1;
    return request(portal.address)
      .post(url(path))
      .set('authorization', header(who))
      .set('idempotency-key', `key-number-${key}`)
      .send(body);
  };
  const read = async (id: string): Promise<Operation> =>
    (await get(`/operations/${id}`)).body;
  const restore = async (who = OWNER, databaseId = 'orders') => {
    const answer = await post('/operations', who, {
      databaseId,
      kind: 'restore',
      parameters: { kind: 'latest' },
      confirmation: databaseId,
      reason: 'The table is gone.',
    });
    expect([answer.status, answer.body.state]).toEqual([
      201,
      'awaiting-approval',
    ]);
    return answer.body as Operation;
  };
  const approval = async (id: string, who = BOSS): Promise<Approval> =>
    (await get(`/operations/${id}/approval`, who)).body;
  const decide = async (
    id: string,
    who: string,
    decision: string,
    more: object = {},
  ) =>
    post(`/operations/${id}/approval`, who, {
      decision,
      subjectHash: (await approval(id)).subjectHash,
      ...more,
    });
  const started = (id: string) => executor.workers.has(id);
  const lastEvent = async () => {
    const { items } = (await get('/audit-events?limit=1')).body;
    return items[0];
  };
  async function stayedOut(
    id: string,
    attempt: { readonly action: string; readonly outcome?: string },
  ) {
    expect(await lastEvent()).toMatchObject({
      operationId: id,
      outcome: 'denied',
      ...attempt,
    });
    expect((await read(id)).state).toBe('awaiting-approval');
    expect(started(id)).toBe(false);
  }
  async function endsUnstarted(id: string, cause: string) {
    const failed = await eventually(
      () => read(id),
      ({ state }) => state === 'failed',
    );
    expect(failed.failure?.cause).toContain(cause);
    expect(started(id)).toBe(false);
  }
  /** Decides while nothing is claimed, so that something can happen in between. */
  async function approvedButNotClaimed(
    id: string,
    between: () => Promise<unknown>,
  ) {
    await knex('operations')
      .where({ id })
      .update({ placement_host: 'nowhere' });
    await knex('approvals')
      .where({ operation_id: id })
      .update({ subject_hash: (await approval(id)).subjectHash });
    expect((await decide(id, BOSS, 'approve')).status).toBe(200);
    await between();
    await knex('operations').where({ id }).update({ placement_host: null });
  }

  afterEach(async () => {
    denied.clear();
    const { items } = (await get('/operations?limit=100')).body;
    for (const { id, state } of items as Operation[]) {
      if (['awaiting-approval', 'queued', 'running'].includes(state)) {
        await post(`/operations/${id}/cancellation`, OWNER, {});
        await eventually(
          async () => (await read(id)).state,
          now => now === 'cancelled',
        );
      }
    }
  });

  return {
    approval,
    approvedButNotClaimed,
    decide,
    denied,
    endsUnstarted,
    executor,
    get,
    knex,
    post,
    putInventory,
    read,
    restore,
    send,
    started,
    stayedOut,
  };
}
