import { z } from 'zod';

const oneLine = z.string().regex(/^[^\r\n]+$/, 'expected one line of text');
const absolutePath = z
  .string()
  .regex(/^\//, 'expected an absolute path')
  .and(oneLine);
const port = z.number().int().min(1).max(65535);

/** The key `pgbackrest.standbyHosts`. */
export const standbyHostsSchema = z
  .array(
    z.strictObject({
      host: oneLine,
      port,
      serverConfig: absolutePath,
      dataDirectory: absolutePath,
      databasePort: port,
      socketDirectory: absolutePath.optional(),
    }),
  )
  .max(7);

/**
 * A database host as pgBackRest reaches it, by its TLS server there.
 *
 * @public
 */
export interface PgBackRestHost {
  /** Name in the certificate of pgBackRest's TLS server; an address does not match. */
  readonly host: string;
  readonly port: number;
  /** Path of the TLS server's own configuration, on that host. */
  readonly serverConfig: string;
  /** PGDATA on that host. */
  readonly dataDirectory: string;
  /** Port of PostgreSQL on that host, as pgBackRest there uses it. */
  readonly databasePort: number;
  readonly socketDirectory?: string;
}

interface HostsConfig extends PgBackRestHost {
  readonly caFile: string;
  readonly certFile: string;
  readonly keyFile: string;
  readonly standbyHosts?: readonly PgBackRestHost[];
}

/** Every host whose server may be the primary; pgBackRest asks them which one is. */
export function hostsOf(config: HostsConfig): readonly PgBackRestHost[] {
  return [config, ...(config.standbyHosts ?? [])];
}

/** The servers in words: `host:port`, joined. */
export function serversOf(config: HostsConfig): string {
  return hostsOf(config)
    .map(({ host, port: number }) => `${host}:${number}`)
    .join(' and ');
}

/** pgBackRest's options `pg1-*`, `pg2-*` and so on. */
export function hostOptions(
  config: HostsConfig,
): readonly (readonly [string, string])[] {
  return hostsOf(config).flatMap((host, index) => {
    const pg = `pg${index + 1}`;
    return [
      [`${pg}-host`, host.host],
      [`${pg}-host-type`, 'tls'],
      [`${pg}-host-port`, String(host.port)],
      [`${pg}-host-ca-file`, config.caFile],
      [`${pg}-host-cert-file`, config.certFile],
      [`${pg}-host-key-file`, config.keyFile],
      [`${pg}-host-config`, host.serverConfig],
      [`${pg}-path`, host.dataDirectory],
      [`${pg}-port`, String(host.databasePort)],
      ...(host.socketDirectory
        ? ([[`${pg}-socket-path`, host.socketDirectory]] as const)
        : []),
    ] as const;
  });
}
