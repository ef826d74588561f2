import { Objective } from 'backstage-plugin-database-ops-common';
import { EXIT, ExitCode } from '../exitCodes';
import { formatBytes, formatTime } from '../output/format';
import { CommandContext, print } from './context';

function percent(part: number, whole: number): string {
  return `${((100 * part) / whole).toFixed(1)} %`;
}

function linesOf(name: string, objective: Objective): readonly string[] {
  return [
    `${name}  ${objective.state}: ${objective.sentence}`,
    ...objective.periods.map(
      ({ days, keptSeconds, missedSeconds, unknownSeconds }) =>
        `     last ${days} d: ${[
          `kept ${percent(keptSeconds, days * 86_400)}`,
          `missed ${percent(missedSeconds, days * 86_400)}`,
          `unknown ${percent(unknownSeconds, days * 86_400)}`,
        ].join(', ')}`,
    ),
  ];
}

/** RPO and RTO promised, claimed, proved and measured; fails when one is missed. */
export async function objectives(
  context: CommandContext,
  databaseId: string,
): Promise<ExitCode> {
  const found = await (await context.portal()).objectives(databaseId);
  print(context, found, () => [
    ...linesOf('RPO', found.rpo),
    ...linesOf('RTO', found.rto),
  ]);
  const states = [found.rpo.state, found.rto.state];
  if (states.includes('missed')) {
    return EXIT.error;
  }
  return states.includes('unknown') ? EXIT.unknown : EXIT.ok;
}

/** Compares the portal's tables with the repository now. */
export async function reconcile(
  context: CommandContext,
  databaseId: string,
): Promise<ExitCode> {
  const found = await (await context.portal()).reconcile(databaseId);
  print(context, found, () => [
    found.sentence,
    ...(found.appeared ?? []).map(id => `+ backup ${id}`),
    ...(found.missing ?? []).map(id => `- backup ${id}`),
    ...(found.inventoryObservedAt
      ? [`Inventory of ${formatTime(found.inventoryObservedAt)}.`]
      : []),
    ...(found.operationId
      ? [`A new inventory follows: dbops operations ${found.operationId}`]
      : []),
  ]);
  return EXIT.ok;
}

/** Repositories with size, cost and what is found of their set-up. */
export async function repositories(context: CommandContext): Promise<ExitCode> {
  const { items } = await (await context.portal()).repositories();
  print(context, items, () =>
    items.flatMap(repository => [
      `${repository.id}: ${repository.bucket}/${repository.prefix ?? ''} ${formatBytes(repository.sizeBytes)}${
        repository.monthlyCost === undefined
          ? ''
          : `, ${repository.monthlyCost.toFixed(2)} ${repository.currency} a month`
      }, databases ${repository.databaseIds.join(', ') || 'none'}`,
      ...(repository.costSentence ? [`  ${repository.costSentence}`] : []),
      ...repository.findings.map(
        ({ id, status, sentence }) => `  ${id} ${status}: ${sentence}`,
      ),
    ]),
  );
  return EXIT.ok;
}
