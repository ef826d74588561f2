import { InputError } from '@backstage/errors';
import { Client } from 'pg';
import { reindex } from './indexes';
import { analyze, vacuum } from './tables';
import { recompressChunks, refreshAggregates } from './timescale';
import { MaintainedServer, MaintenanceActionKind } from './types';

/** In the order in which people look for them. */
export const MAINTENANCE_ACTIONS: readonly MaintenanceActionKind[] = [
  vacuum,
  analyze,
  reindex,
  refreshAggregates,
  recompressChunks,
];

/** @throws InputError naming those there are */
export function actionOf(id: unknown): MaintenanceActionKind {
  const action = MAINTENANCE_ACTIONS.find(known => known.id === id);
  if (!action) {
    throw new InputError(
      `There is no maintenance action '${String(id)}'; choose ${MAINTENANCE_ACTIONS.map(known => `'${known.id}'`).join(' or ')}.`,
    );
  }
  return action;
}

/** @param role - that has the rights of this session, and is granted what it lacks */
export async function serverOf(
  client: Client,
  role: string,
): Promise<MaintainedServer> {
  const { rows } = await client.query<{ version: number; quoted: string }>(
    `SELECT current_setting('server_version_num')::int AS version, quote_ident($1) AS quoted`,
    [role],
  );
  const [{ version: versionNumber, quoted }] = rows;
  return { client, versionNumber, role: quoted };
}
