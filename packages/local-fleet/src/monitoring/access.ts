import { readFile } from 'node:fs/promises';
import { request } from 'node:https';
import { join } from 'node:path';
import { once } from 'node:events';
import { IncomingMessage } from 'node:http';
import { hash } from 'bcryptjs';
import { writeOwnedFile } from '../framework/ownedFile';
import { FleetContext } from '../framework/types';

/** One account for the portal, for Prometheus itself and for its scrapes. */
export const MONITORING_USER = 'dbops';
export const MONITORING_SECRET = 'monitoring-password';

/** The password is 128 random bits: a low cost protects it well and keeps scrapes cheap. */
const BCRYPT_COST = 6;

/** The web configuration shared by Prometheus, Alertmanager and exporters: TLS and one account. */
export async function writeWebConfiguration(
  context: FleetContext,
  folder: string,
  name: string,
): Promise<string> {
  const { certFile, keyFile } = await context.certificate(name, {
    owner: 'service',
  });
  const hashed = await hash(
    await context.secret(MONITORING_SECRET),
    BCRYPT_COST,
  );
  const file = join(folder, 'web.yml');
  await writeOwnedFile(
    context,
    file,
    JSON.stringify({
      tls_server_config: { cert_file: certFile, key_file: keyFile },
      basic_auth_users: { [MONITORING_USER]: hashed },
    }),
  );
  return file;
}

/** How Prometheus reaches a member with such a web configuration. */
export function clientOptions(context: FleetContext, passwordFile: string) {
  return {
    scheme: 'https',
    tls_config: { ca_file: context.caFile },
    basic_auth: { username: MONITORING_USER, password_file: passwordFile },
  };
}

/** Whether a monitoring member answers that path with 200. */
export async function answers(
  context: FleetContext,
  port: number,
  path: string,
): Promise<boolean> {
  const outgoing = request({
    host: '127.0.0.1',
    port,
    path,
    ca: await readFile(context.caFile),
    auth: `${MONITORING_USER}:${await context.secret(MONITORING_SECRET)}`,
    timeout: 5_000,
    agent: false,
  });
  outgoing.end();
  const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
  response.resume();
  return response.statusCode === 200;
}
