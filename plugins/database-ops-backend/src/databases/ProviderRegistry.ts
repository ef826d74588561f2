import { ConflictError } from '@backstage/errors';
import {
  DatabaseOpsDatabasesExtensionPoint,
  DatabaseProvider,
} from 'backstage-plugin-database-ops-node';

/** Sources of databases that modules added. */
export class ProviderRegistry implements DatabaseOpsDatabasesExtensionPoint {
  readonly #providers = new Map<string, DatabaseProvider>();

  addProvider(provider: DatabaseProvider): void {
    if (this.#providers.has(provider.name)) {
      throw new ConflictError(
        `A source of databases named '${provider.name}' is registered twice; install only one of its modules.`,
      );
    }
    this.#providers.set(provider.name, provider);
  }

  list(): readonly DatabaseProvider[] {
    return [...this.#providers.values()];
  }
}
