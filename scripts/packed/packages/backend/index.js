const { createBackend } = require('@backstage/backend-defaults');

const backend = createBackend();
for (const feature of [
  '@backstage/plugin-app-backend',
  '@backstage/plugin-auth-backend',
  '@backstage/plugin-auth-backend-module-guest-provider',
  '@backstage/plugin-catalog-backend',
  'backstage-plugin-database-ops-backend',
  'backstage-plugin-database-ops-backend-module-postgresql',
  'backstage-plugin-database-ops-backend-module-redis',
  'backstage-plugin-database-ops-backend-module-kafka',
  'backstage-plugin-database-ops-backend-module-zookeeper',
]) {
  backend.add(import(feature));
}
backend.start();
