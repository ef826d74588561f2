import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { connect } from 'node:tls';
import { FleetContext } from '../framework/types';

const CONNECT_MILLISECONDS = 3000;

/** Whether a server completes a TLS handshake with a certificate of the fleet's authority; throws why not. */
export async function acceptsTls(
  context: FleetContext,
  port: number,
): Promise<boolean> {
  const socket = connect({
    host: '127.0.0.1',
    port,
    ca: await readFile(context.caFile),
  });
  try {
    await once(socket, 'secureConnect', {
      signal: AbortSignal.timeout(CONNECT_MILLISECONDS),
    });
    return true;
  } finally {
    socket.destroy();
  }
}
