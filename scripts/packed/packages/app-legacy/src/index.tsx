import '@backstage/cli/asset-types';
import { createRoot } from 'react-dom/client';
import { Route } from 'react-router-dom';
import { createApp } from '@backstage/app-defaults';
import { AppRouter, FlatRoutes } from '@backstage/core-app-api';
import {
  AlertDisplay,
  OAuthRequestDialog,
  SignInPage,
} from '@backstage/core-components';
import {
  CatalogEntityPage,
  CatalogIndexPage,
  EntityLayout,
  catalogPlugin,
} from '@backstage/plugin-catalog';
import {
  DatabasesPage,
  EntityDatabaseContent,
  databaseOpsPlugin,
  isDatabaseAvailable,
} from 'backstage-plugin-database-ops';

const app = createApp({
  plugins: [catalogPlugin, databaseOpsPlugin],
  components: {
    SignInPage: props => <SignInPage {...props} auto providers={['guest']} />,
  },
});

const entityPage = (
  <EntityLayout>
    <EntityLayout.Route
      path="/database"
      title="Database"
      if={isDatabaseAvailable}
    >
      <EntityDatabaseContent />
    </EntityLayout.Route>
  </EntityLayout>
);

const root = document.getElementById('root');
if (!root) {
  throw new Error("public/index.html has no element with the id 'root'");
}
const App = app.createRoot(
  <>
    <AlertDisplay />
    <OAuthRequestDialog />
    <AppRouter>
      <FlatRoutes>
        <Route path="/" element={<CatalogIndexPage />} />
        <Route
          path="/catalog/:namespace/:kind/:name"
          element={<CatalogEntityPage />}
        >
          {entityPage}
        </Route>
        <Route path="/databases" element={<DatabasesPage />} />
      </FlatRoutes>
    </AppRouter>
  </>,
);
createRoot(root).render(<App />);
