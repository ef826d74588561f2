import {
  createFrontendFeatureLoader,
  createFrontendModule,
} from '@backstage/frontend-plugin-api';
import { SignInPageBlueprint } from '@backstage/plugin-app-react';

const demoSignIn = createFrontendModule({
  pluginId: 'app',
  extensions: [
    SignInPageBlueprint.make({
      params: {
        loader: () => import('./DemoSignInPage').then(m => m.DemoSignInPage),
      },
    }),
  ],
});

/** Replaces the sign-in page only where the demo's key is set, as the backend does. */
export const demoSignInLoader = createFrontendFeatureLoader({
  *loader({ config }) {
    if (
      config.getOptionalBoolean(
        'auth.providers.demo.dangerouslyAllowDemoSignIn',
      )
    ) {
      yield demoSignIn;
    }
  },
});
