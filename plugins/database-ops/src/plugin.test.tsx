import { screen } from '@testing-library/react';
import {
  createExtensionTester,
  renderTestApp,
} from '@backstage/frontend-test-utils';
import {
  EntityProvider,
  entityRouteRef,
} from '@backstage/plugin-catalog-react';
import {
  EntityCardBlueprint,
  EntityContentBlueprint,
} from '@backstage/plugin-catalog-react/alpha';
import { Route, Routes } from 'react-router-dom';
import databaseOpsAlphaPlugin from './alpha';
import {
  databaseOpsApi,
  entityDatabaseContent,
  entityFreshnessCard,
  entityHealthCard,
  entityOperationsCard,
} from './alpha/extensions';
import {
  databaseOpsApiRef,
  databaseOpsPlugin,
  DatabasesPage,
  EntityDatabaseFreshnessCard,
  isDatabaseAvailable,
} from './index';
import { aDatabase, anApi, aSummary } from './__testUtils__/fixtures';
import { renderPart } from './__testUtils__/render';

const entity = {
  apiVersion: 'backstage.io/v1beta1',
  kind: 'Resource',
  metadata: {
    name: 'analytics-timescale',
    annotations: { 'database-ops/database-id': 'analytics-timescale' },
  },
};

const api = anApi({
  getDatabases: jest.fn(async () => ({ items: [aDatabase()], totalItems: 1 })),
  getDatabase: jest.fn(async () => aDatabase()),
  getSummary: jest.fn(async () => aSummary()),
});

const overFakeBackend = databaseOpsAlphaPlugin.withOverrides({
  extensions: [
    databaseOpsApi.override({
      params: defineParams =>
        defineParams({ api: databaseOpsApiRef, deps: {}, factory: () => api }),
    }),
  ],
});

describe('The plugin', () => {
  it('shows its pages in the new frontend system at /databases', async () => {
    renderTestApp({
      features: [overFakeBackend],
      initialRouteEntries: ['/databases'],
      mountedRoutes: { '/catalog/:namespace/:kind/:name': entityRouteRef },
    });
    expect(
      await screen.findByRole(
        'table',
        { name: 'Databases' },
        { timeout: 20_000 },
      ),
    ).toHaveTextContent('analytics-timescale');
  });

  it('gives entities with the annotation a tab and three cards in the new frontend system', async () => {
    const { filterFunction } = EntityContentBlueprint.dataRefs;
    const tab = createExtensionTester(entityDatabaseContent);
    expect(tab.get(filterFunction)?.(entity)).toBe(true);
    expect(
      tab.get(filterFunction)?.({ ...entity, metadata: { name: 'x' } }),
    ).toBe(false);
    expect(tab.get(EntityContentBlueprint.dataRefs.title)).toBe('Database');
    const cards = [
      createExtensionTester(entityHealthCard),
      createExtensionTester(entityFreshnessCard),
      createExtensionTester(entityOperationsCard),
    ].map(card => card.get(EntityCardBlueprint.dataRefs.filterFunction));
    expect(cards.map(isShownFor => isShownFor?.(entity))).toEqual([
      true,
      true,
      true,
    ]);
  });

  it('shows the same pages in the legacy frontend system', async () => {
    expect(databaseOpsPlugin.getId()).toBe('database-ops');
    await renderPart(
      <Routes>
        <Route path="/databases/*" element={<DatabasesPage />} />
      </Routes>,
      api,
      '/databases',
    );
    expect(
      await screen.findByRole(
        'table',
        { name: 'Databases' },
        { timeout: 20_000 },
      ),
    ).toHaveTextContent('analytics-timescale');
  });

  it('shows a card of the entity’s database in the legacy frontend system', async () => {
    await renderPart(
      <EntityProvider entity={entity}>
        <EntityDatabaseFreshnessCard />
      </EntityProvider>,
      api,
    );
    expect(
      await screen.findByText('Objective kept', {}, { timeout: 20_000 }),
    ).toBeVisible();
    expect(isDatabaseAvailable(entity)).toBe(true);
    expect(
      isDatabaseAvailable({ ...entity, metadata: { name: 'other' } }),
    ).toBe(false);
  });
});
