import { JsonObject } from '@backstage/types';
import { WorkerEvent } from 'backstage-plugin-database-ops-node';
import { storableObject } from '../database/storable';

/** An event whose every text can be stored. */
export function storableEvent(event: WorkerEvent): WorkerEvent {
  // As it was read from its file: an event is JSON and stays of its type.
  return storableObject(
    event as unknown as JsonObject,
  ) as unknown as WorkerEvent;
}
