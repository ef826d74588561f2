import { loadConfiguration } from '../configuration/loadConfiguration';
import { readDatabases } from '../configuration/readDatabases';
import { EXIT, ExitCode } from '../exitCodes';
import { CommandContext, print } from './context';

/** Reads the databases as the portal would; fails on those it would quarantine. */
export async function configCheck(
  context: CommandContext,
  files: readonly string[],
): Promise<ExitCode> {
  const databases = await readDatabases(await loadConfiguration(files));
  const findings = databases.map(({ id, engineKind, quarantine }) => ({
    id,
    engine: engineKind,
    problem: quarantine,
  }));
  const wrong = findings.filter(({ problem }) => problem);
  print(context, findings, () => [
    ...findings.map(({ id, engine, problem }) =>
      problem
        ? `${id}: ${problem.path}: ${problem.message}`
        : `${id}: ok (${engine})`,
    ),
    `${findings.length} databases, ${wrong.length} of them wrong.`,
  ]);
  return wrong.length > 0 || findings.length === 0 ? EXIT.error : EXIT.ok;
}
