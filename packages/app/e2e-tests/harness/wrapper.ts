import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalFleet } from 'local-fleet';

/**
 * A command that stands for pgBackRest and does something beside it. In the
 * script, `real` runs pgBackRest, `command` is its command, and `options` are
 * those that name stanza and configuration.
 */
export async function wrapPgbackrest(
  fleet: LocalFleet,
  name: string,
  script: string,
): Promise<string> {
  const path = join(fleet.context.directory, 'run', `pgbackrest-${name}`);
  const tool = await fleet.context.tool('pgbackrest');
  await writeFile(
    path,
    `#!/bin/bash
real() { '${tool}' "$@"; }
command="\${@: -1}"
options=()
for argument in "$@"; do
  case "$argument" in --stanza=*|--config=*) options+=("$argument") ;; esac
done
${script}
`,
    { mode: 0o755 },
  );
  return path;
}
