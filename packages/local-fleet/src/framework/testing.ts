import { once } from 'node:events';
import { existsSync } from 'node:fs';
import { createConnection } from 'node:net';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { LocalFleet } from '../LocalFleet';
import { findFleetProcesses } from './processTable';

/** Waits for what a cluster does by itself. */
export async function eventually(
  check: () => Promise<boolean>,
  seconds = 45,
): Promise<void> {
  const deadline = Date.now() + seconds * 1000;
  while (!(await check())) {
    if (Date.now() > deadline) {
      throw new Error(`Still not true after ${seconds} s: ${check.toString()}`);
    }
    await sleep(250);
  }
}

async function isListening(port: number): Promise<boolean> {
  const socket = createConnection({ host: '127.0.0.1', port });
  return once(socket, 'connect').then(
    () => true,
    () => false,
  );
}

/** Resets the fleet and tells what of it is still there: nothing, when it is right. */
export async function leftAfterReset(
  fleet: LocalFleet,
): Promise<readonly string[]> {
  const ports = fleet.members.flatMap(member => Object.values(member.ports));
  const { directory } = fleet.context;
  await fleet.reset();
  const left: string[] = [];
  for (const found of await findFleetProcesses(
    directory,
    join(directory, 'restores'),
  )) {
    left.push(`process ${JSON.stringify(found)}`);
  }
  for (const port of ports) {
    if (await isListening(port)) {
      left.push(`port ${port}`);
    }
  }
  if (existsSync(directory)) {
    left.push(directory);
  }
  return left;
}

/** Says a line without TLS and gives back what the server answers before it ends the connection; nothing when it refuses. */
export async function answerWithoutTls(
  port: number,
  line: string,
): Promise<string> {
  const socket = createConnection({ host: '127.0.0.1', port });
  let received = '';
  socket.on('data', data => {
    received += data.toString('latin1');
  });
  const ended = new Promise<void>(resolve => {
    socket.once('close', () => resolve());
    // A reset is a refusal like any other; 'close' follows.
    socket.once('error', () => socket.destroy());
  });
  socket.write(line);
  await ended;
  return received;
}
