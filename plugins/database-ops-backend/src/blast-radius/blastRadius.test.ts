import request from 'supertest';
import { Entity } from '@backstage/catalog-model';
import { BlastRadius } from 'backstage-plugin-database-ops-common';
import {
  TestPortal,
  owner,
  startTestPortal,
} from '../__testUtils__/startTestPortal';

jest.setTimeout(60_000);

function entity(
  kind: string,
  name: string,
  relations: readonly (readonly [string, string])[],
): Entity {
  return {
    apiVersion: 'backstage.io/v1alpha1',
    kind,
    metadata: { name, namespace: 'default', title: name.toUpperCase() },
    relations: relations.map(([type, targetRef]) => ({ type, targetRef })),
  };
}

const ENTITIES = [
  entity('Resource', 'orders', [
    ['dependencyOf', 'component:default/shop'],
    ['ownedBy', 'group:default/team'],
  ]),
  entity('Component', 'shop', [
    ['dependencyOf', 'component:default/front'],
    ['ownedBy', 'group:default/web'],
  ]),
  entity('Component', 'front', [['dependencyOf', 'component:default/app']]),
  entity('Component', 'app', []),
];

describe('the blast radius of a database', () => {
  let portal: TestPortal;

  beforeAll(async () => {
    portal = await startTestPortal({ entities: ENTITIES });
  });

  afterAll(() => portal.backend.stop());

  const get = async (path: string): Promise<BlastRadius> =>
    (
      await request(portal.address)
        .get(`/api/database-ops${path}`)
        .set('authorization', owner())
    ).body;

  it('names what depends on it in two steps, and says what nobody could tell', async () => {
    const { dependents, facts, sentence } = await get(
      '/databases/orders/blast-radius',
    );
    expect(dependents).toEqual([
      {
        entityRef: 'component:default/shop',
        title: 'SHOP',
        owner: 'group:default/web',
        relation: 'depends on it',
      },
      {
        entityRef: 'component:default/front',
        title: 'FRONT',
        relation: 'depends on SHOP',
      },
    ]);
    expect(facts.map(({ id, status }) => [id, status])).toEqual([
      ['dependents', 'warning'],
      ['active-connections', 'unknown'],
      ['target-age', 'unknown'],
    ]);
    expect(sentence).toContain('2 catalog entities depend on Orders');
    expect(sentence).toContain('not known: Connections, Age of the target');
  });

  it('says so when the reader sees no entity of it', async () => {
    const { dependents, facts } = await get('/databases/parcels/blast-radius');
    expect(dependents).toEqual([]);
    expect(facts[0]).toMatchObject({
      id: 'dependents',
      status: 'unknown',
      sentence: expect.stringContaining('shows you no entity'),
    });
  });
});
