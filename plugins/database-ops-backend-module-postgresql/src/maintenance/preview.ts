import { MaintenancePreview } from 'backstage-plugin-database-ops-common';
import {
  DatabaseDefinition,
  ObserveContext,
} from 'backstage-plugin-database-ops-node';
import { InputError } from '@backstage/errors';
import { PostgresqlConfig } from '../config';
import { grantedRole } from '../rotation/config';
import { withPrimary } from '../sessions/withMember';
import { actionOf, serverOf } from './actions';
import { MaintenanceConfig } from './config';
import { obstacles } from './obstacles';
import { Candidate } from './types';

const STATEMENT_SECONDS = 10;
/** More than this nobody looks through; suggested ones come first. */
const SHOWN_ITEMS = 200;

/** @throws InputError when configuration names no role for it */
export function requireMaintenance({
  config,
  id,
}: DatabaseDefinition<PostgresqlConfig>): MaintenanceConfig {
  if (!config.maintenance) {
    throw new InputError(
      `Database '${id}' has no key postgresql.maintenance; add a role for it as docs/maintenance.md says.`,
    );
  }
  return config.maintenance;
}

/** Suggested ones first, then by what they hold. */
export function inOrder(candidates: readonly Candidate[]): Candidate[] {
  return [...candidates].sort(
    (a, b) =>
      Number(b.suggested) - Number(a.suggested) ||
      (b.sizeBytes ?? 0) - (a.sizeBytes ?? 0) ||
      a.object.localeCompare(b.object),
  );
}

/** What an action would do on the primary now, by the role that would do it. */
export async function maintenancePreview(
  database: DatabaseDefinition<PostgresqlConfig>,
  actionId: string,
  _context: ObserveContext,
): Promise<MaintenancePreview> {
  const action = actionOf(actionId);
  const role = requireMaintenance(database);
  return withPrimary(
    database.config,
    {
      application: 'maintenance',
      statementSeconds: STATEMENT_SECONDS,
      as: role,
    },
    async (client, member) => {
      const server = await serverOf(client, grantedRole(role));
      const found = await action.candidates(server);
      const observedAt = new Date().toISOString();
      if ('nothing' in found) {
        return {
          action: action.id,
          sentence: found.nothing,
          observedAt,
          items: [],
        };
      }
      const warnings = action.hinderedByOldTransactions
        ? await obstacles(client)
        : [];
      const suggested = found.filter(
        candidate => candidate.suggested && !candidate.missingRight,
      );
      const refused = found.filter(candidate => candidate.missingRight);
      const sentences = [
        suggested.length === 0
          ? `Nothing on ${member.name} needs it of ${found.length} that could have it.`
          : `${suggested.length} of ${found.length} on ${member.name} ${suggested.length === 1 ? 'needs' : 'need'} it.`,
        ...warnings,
        ...(refused.length > 0
          ? [
              `${refused.length} ${refused.length === 1 ? 'is' : 'are'} out of reach of role '${grantedRole(role)}'.`,
            ]
          : []),
        ...(found.length > SHOWN_ITEMS
          ? [`The first ${SHOWN_ITEMS} are shown.`]
          : []),
      ];
      return {
        action: action.id,
        sentence: sentences.join(' '),
        warnings: [...warnings],
        observedAt,
        items: inOrder(found)
          .slice(0, SHOWN_ITEMS)
          .map(candidate => ({
            object: candidate.object,
            ...(candidate.sizeBytes !== undefined && {
              sizeBytes: candidate.sizeBytes,
            }),
            reason: candidate.missingRight ?? candidate.reason,
            suggested: candidate.suggested && !candidate.missingRight,
            command: candidate.command,
          })),
      };
    },
  );
}
