import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import { DatabaseMember } from 'backstage-plugin-database-ops-node';
import { PostgresqlConfig } from '../config';
import { currentCredentials } from '../connection/credentials';
import { MemberSession } from '../connection/MemberSession';
import { finding } from './finding';

/** SQLSTATE of a password that is wrong: pg_hba.conf had let the role in. */
const INVALID_PASSWORD = '28P01';

/** Nobody but a superuser may read pg_hba.conf; whether it holds can be tried. */
export async function openAccessFinding(
  config: PostgresqlConfig,
  member: DatabaseMember,
): Promise<Signal> {
  const about = {
    id: `open-access.${member.name}`,
    title: `Access without TLS to ${member.name}`,
    member: member.name,
    nextStep: `Use hostssl for it in pg_hba.conf, and "hostnossl all +role all reject" before, and reload.`,
  };
  const { username } = currentCredentials(config);
  try {
    const session = await MemberSession.openWithoutTls(
      config,
      member,
      username,
    );
    await session.close();
    return finding({
      ...about,
      status: 'warning',
      sentence: `${member.name} lets this role in without TLS, with any password.`,
    });
  } catch (error) {
    const { code, message } = toError(error) as Error & { code?: unknown };
    if (code === INVALID_PASSWORD) {
      return finding({
        ...about,
        status: 'warning',
        sentence: `${member.name} lets this role in without TLS: it asks for its password in the open.`,
      });
    }
    return /pg_hba\.conf/.test(message)
      ? finding({
          ...about,
          status: 'ok',
          sentence: `${member.name} refuses this role without TLS.`,
        })
      : finding({
          ...about,
          status: 'unknown',
          sentence: `Whether ${member.name} takes sessions without TLS could not be tried: ${message}.`,
        });
  }
}
