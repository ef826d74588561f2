import { createBackend } from '@backstage/backend-defaults';
import { metricsEndpointPlugin, startMetrics } from './metrics';
import { demoAuthModule } from './demo/authModule';
import { policyModule } from './permissions/policyModule';

// Before any plugin asks for a meter: what is asked for earlier stays silent.
startMetrics();

const backend = createBackend();

backend.add(import('@backstage/plugin-app-backend'));
backend.add(import('@backstage/plugin-auth-backend'));
backend.add(demoAuthModule);
backend.add(import('@backstage/plugin-catalog-backend'));
backend.add(import('@backstage/plugin-permission-backend'));
backend.add(policyModule);
backend.add(import('@backstage/plugin-search-backend'));
backend.add(import('@backstage/plugin-search-backend-module-catalog'));
backend.add(import('@backstage/plugin-techdocs-backend'));
backend.add(import('@backstage/plugin-events-backend'));
backend.add(import('@backstage/plugin-signals-backend'));
backend.add(import('@backstage/plugin-notifications-backend'));
backend.add(import('@backstage/plugin-user-settings-backend'));
backend.add(import('@backstage/plugin-kubernetes-backend'));
backend.add(metricsEndpointPlugin);

backend.add(import('backstage-plugin-database-ops-backend'));
backend.add(import('backstage-plugin-database-ops-backend-module-postgresql'));
backend.add(import('backstage-plugin-database-ops-backend-module-redis'));
backend.add(import('backstage-plugin-database-ops-backend-module-kafka'));
backend.add(import('backstage-plugin-database-ops-backend-module-zookeeper'));

backend.start();
