import { createServer } from 'node:net';
import { ServiceUnavailableError } from '@backstage/errors';

const TRIES = 50;

/** A port on 127.0.0.1 that nothing listens on; within `first-last` when given. */
export async function freePort(range?: string): Promise<number> {
  if (!range) {
    return listenOn(0);
  }
  const [first, last] = range.split('-').map(Number);
  for (let tries = 0; tries < TRIES; tries++) {
    const port = first + Math.floor(Math.random() * (last - first + 1));
    try {
      return await listenOn(port);
    } catch (error) {
      if ((error as NodeJS.ErrnoException).code !== 'EADDRINUSE') {
        throw error;
      }
    }
  }
  throw new ServiceUnavailableError(
    `No free port was found in restore.portRange ${range}; discard restored instances or widen it.`,
  );
}

async function listenOn(port: number): Promise<number> {
  return new Promise((resolve, reject) => {
    const server = createServer();
    server.once('error', reject);
    server.listen({ host: '127.0.0.1', port }, () => {
      const address = server.address();
      server.close(() =>
        resolve(typeof address === 'object' && address ? address.port : port),
      );
    });
  });
}
