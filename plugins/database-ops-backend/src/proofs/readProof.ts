import { InputError } from '@backstage/errors';
import { Proof } from 'backstage-plugin-database-ops-common';
import { z } from 'zod';

const time = z
  .string()
  .refine(text => !Number.isNaN(Date.parse(text)), 'expected a time');

const proofSchema = z.looseObject({
  depth: z.string().min(1).max(32),
  state: z.enum(['proved', 'failed', 'partial']),
  sentence: z.string(),
  startedAt: time,
  endedAt: time,
  backupId: z.string().optional(),
  rpoSeconds: z.number().nonnegative().optional(),
  rtoSeconds: z.number().nonnegative().optional(),
  checks: z.array(
    z.looseObject({
      id: z.string(),
      title: z.string(),
      status: z.enum(['passed', 'failed', 'skipped']),
      sentence: z.string(),
    }),
  ),
});

/**
 * Reads what a worker's verification established.
 *
 * @throws InputError when it is no proof, or claims more than its checks show.
 */
export function readProof(
  value: unknown,
  operation: {
    readonly id: string;
    readonly databaseId: string;
    /** Absent for the first repository of the database. */
    readonly repositoryId?: string;
  },
): Proof {
  const parsed = proofSchema.safeParse(value);
  if (!parsed.success) {
    throw new InputError(
      `What verification '${operation.id}' established cannot be read: ${z.prettifyError(parsed.error)}. Verify again.`,
    );
  }
  const { checks, state } = parsed.data;
  const unproved = checks.filter(({ status }) => status !== 'passed');
  if (state === 'proved' && (checks.length === 0 || unproved.length > 0)) {
    throw new InputError(
      `Verification '${operation.id}' says proved, but ${unproved[0] ? `its check '${unproved[0].title}' ${unproved[0].status}` : 'it made no check'}. Verify again.`,
    );
  }
  return {
    ...(parsed.data as unknown as Proof),
    id: operation.id,
    operationId: operation.id,
    databaseId: operation.databaseId,
    repositoryId: operation.repositoryId,
  };
}
