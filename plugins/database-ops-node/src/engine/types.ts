import { EngineDescription } from './description';
import { EngineObservation } from './observation';
import { EngineOperation } from './operation';

export * from './description';
export * from './observation';
export * from './operation';

/**
 * An engine: pure description, observation in the portal, operation in the worker.
 *
 * @public
 */
export interface Engine<TConfig = unknown> {
  readonly describe: EngineDescription<TConfig>;
  readonly observe: EngineObservation<TConfig>;
  readonly operate: EngineOperation<TConfig>;
}
