import { WorkerEvent } from 'backstage-plugin-database-ops-node';

/** Text as every database takes it: PostgreSQL refuses NUL, and no encoding has lone surrogates. */
export function storableText(text: string): string {
  return text.replace(/\p{Surrogate}/gu, '\uFFFD').replaceAll('\0', '\uFFFD');
}

/** An event whose every text can be stored. */
export function storableEvent(event: WorkerEvent): WorkerEvent {
  return JSON.parse(JSON.stringify(event), (_key, value) =>
    typeof value === 'string' ? storableText(value) : value,
  );
}
