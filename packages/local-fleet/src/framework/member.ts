import { FleetGroup, FleetMember, FleetProcess } from './types';

/**
 * A member that is one process; `beforeStart` makes what the process expects
 * to find, `afterStart` tells it what it can only hear once it runs,
 * `afterStop` removes what it leaves.
 */
export function processMember(options: {
  readonly name: string;
  readonly group: FleetGroup;
  readonly ports: Readonly<Record<string, number>>;
  readonly process: FleetProcess;
  readonly beforeStart?: () => Promise<void>;
  readonly afterStart?: () => Promise<void>;
  readonly afterStop?: () => Promise<void>;
}): FleetMember {
  const { name, group, ports, process, beforeStart, afterStart, afterStop } =
    options;
  return {
    name,
    group,
    ports,
    state: () => process.state(),
    async start() {
      if (beforeStart && (await process.state()) === 'stopped') {
        await beforeStart();
      }
      await process.start();
      await afterStart?.();
    },
    async stop(stopOptions) {
      await process.stop(stopOptions);
      await afterStop?.();
    },
  };
}
