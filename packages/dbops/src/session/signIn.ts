import { z } from 'zod';
import { fetchPortal } from '../api/fetchPortal';
import { DeniedError, UsageError } from '../errors';
import { Terminal } from '../terminal';
import { Session, SessionStore } from './SessionStore';

const demoAnswer = z.object({
  backstageIdentity: z.object({ token: z.string() }),
});
const tokenClaims = z.object({ exp: z.number() });
const EXPIRY_MARGIN_SECONDS = 30;

/** Signs in with a role of the demo; works only where the portal allows that. */
export async function demoSignIn(url: string, role: string): Promise<Session> {
  const response = await fetchPortal(`${url}/api/auth/demo/refresh`, {
    headers: { 'X-Demo-Role': role, 'X-Requested-With': 'XMLHttpRequest' },
  });
  if (!response.ok) {
    throw new DeniedError(
      `${url} does not sign in as '${role}' (${response.status}); the demo's roles are owner, viewer and approver, other portals need: dbops login --token-stdin`,
    );
  }
  const { backstageIdentity } = demoAnswer.parse(await response.json());
  return { url, token: backstageIdentity.token, demoRole: role };
}

function isExpired(token: string, now: Date): boolean {
  const payload = token.split('.')[1];
  if (!payload) {
    return false;
  }
  const claims = tokenClaims.safeParse(
    JSON.parse(Buffer.from(payload, 'base64url').toString('utf8')),
  );
  return (
    claims.success &&
    claims.data.exp - EXPIRY_MARGIN_SECONDS < now.getTime() / 1000
  );
}

/**
 * The session to use: `--url` and `DBOPS_URL` choose the portal, `DBOPS_TOKEN`
 * or the file of `dbops login` say who asks.
 */
export async function currentSession(
  terminal: Terminal,
  options: { readonly url?: string },
): Promise<Session> {
  const store = new SessionStore(terminal.env);
  const url = options.url ?? terminal.env.DBOPS_URL;
  const token = terminal.env.DBOPS_TOKEN;
  if (token) {
    if (!url) {
      throw new UsageError(
        'DBOPS_TOKEN is set but not the portal it is for; set DBOPS_URL or give --url.',
      );
    }
    return { url: trimUrl(url), token };
  }
  const kept = await store.read();
  if (!kept || (url && kept.url !== trimUrl(url))) {
    throw new DeniedError(
      `Nobody is signed in${url ? ` at ${url}` : ''}; run: dbops login --url ${
        url ?? 'http://127.0.0.1:7007'
      } --demo owner, or set DBOPS_URL and DBOPS_TOKEN.`,
    );
  }
  if (!isExpired(kept.token, new Date())) {
    return kept;
  }
  if (!kept.demoRole) {
    throw new DeniedError(
      `The token for ${kept.url} has expired; run: dbops login --url ${kept.url} --token-stdin`,
    );
  }
  const renewed = await demoSignIn(kept.url, kept.demoRole);
  await store.write(renewed);
  return renewed;
}

export function trimUrl(url: string): string {
  return url.replace(/\/+$/, '');
}
