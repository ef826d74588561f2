import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { policyExtensionPoint } from '@backstage/plugin-permission-node/alpha';
import { demoAllowed } from '../demo/demoAllowed';
import { DemoRolePolicy } from '../demo/DemoRolePolicy';
import { OwnershipPolicy } from './OwnershipPolicy';

/** The portal's permission policy, with the demo's roles where the demo is allowed. */
export const policyModule = createBackendModule({
  pluginId: 'permission',
  moduleId: 'ownership-policy',
  register(reg) {
    reg.registerInit({
      deps: { config: coreServices.rootConfig, policy: policyExtensionPoint },
      async init({ config, policy }) {
        const everyone = new OwnershipPolicy();
        policy.setPolicy(
          demoAllowed(config) ? new DemoRolePolicy(everyone) : everyone,
        );
      },
    });
  },
});
