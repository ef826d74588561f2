import { createApp } from '@backstage/frontend-defaults';
import { demoSignInLoader } from './demo/demoSignInLoader';

/** Every plugin comes from this package's dependencies (`app.packages: all`). */
export const app = createApp({ features: [demoSignInLoader] });
