import { runTool } from './runTool';
import { FleetContext } from './types';

/** Runs a tool as the service user, with a bare environment. */
export async function runAsService(
  context: FleetContext,
  command: string,
  args: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  return runTool(await context.tool(command), args, {
    uid: context.serviceUser?.uid,
    gid: context.serviceUser?.gid,
    cwd: context.directory,
    env: {
      PATH: process.env.PATH ?? '/usr/bin:/bin',
      HOME: context.directory,
      ...env,
    },
  });
}
