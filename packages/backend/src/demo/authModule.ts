import {
  coreServices,
  createBackendModule,
} from '@backstage/backend-plugin-api';
import { InputError, NotAllowedError } from '@backstage/errors';
import {
  authProvidersExtensionPoint,
  createProxyAuthenticator,
  createProxyAuthProviderFactory,
} from '@backstage/plugin-auth-node';
import { demoAllowed, isLoopback } from './demoAllowed';
import { DEMO_ROLES, DemoRole, isDemoRole } from './roles';

const ROLE_HEADER = 'x-demo-role';

interface ChosenRole {
  readonly role: DemoRole;
}

const demoAuthenticator = createProxyAuthenticator({
  defaultProfileTransform: async (result: ChosenRole) => ({
    profile: { displayName: result.role },
  }),
  initialize: () => undefined,
  async authenticate({ req }) {
    // A page elsewhere whose name resolves to loopback sends its own name.
    if (!isLoopback(req.hostname)) {
      throw new NotAllowedError(
        `The demo signs in on loopback only, not as '${req.hostname}'; open it as http://127.0.0.1.`,
      );
    }
    const role = req.header(ROLE_HEADER) ?? '';
    if (!isDemoRole(role)) {
      throw new InputError(
        `The header '${ROLE_HEADER}' must name a role of the demo: ${DEMO_ROLES.join(', ')}.`,
      );
    }
    return { result: { role } };
  },
});

/** Signs in with a role of the demo's fixed list; absent unless configuration allows it. */
export const demoAuthModule = createBackendModule({
  pluginId: 'auth',
  moduleId: 'demo-provider',
  register(reg) {
    reg.registerInit({
      deps: {
        config: coreServices.rootConfig,
        logger: coreServices.logger,
        providers: authProvidersExtensionPoint,
      },
      async init({ config, logger, providers }) {
        if (!demoAllowed(config)) {
          return;
        }
        logger.warn(
          'The demo sign-in is on: anyone on this machine may choose a role.',
        );
        providers.registerProvider({
          providerId: 'demo',
          factory: createProxyAuthProviderFactory({
            authenticator: demoAuthenticator,
            signInResolver: ({ result }, context) =>
              context.signInWithCatalogUser({
                entityRef: { kind: 'User', name: result.role },
              }),
          }),
        });
      },
    });
  },
});
