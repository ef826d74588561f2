import { UsageError } from '../errors';
import { EXIT, ExitCode } from '../exitCodes';
import { SessionStore } from '../session/SessionStore';
import { demoSignIn, trimUrl } from '../session/signIn';
import { PortalClient } from '../api/PortalClient';
import { CommandContext } from './context';

const DEFAULT_URL = 'http://127.0.0.1:7007';

/** Keeps a token for the commands that follow, after trying it. */
export async function login(
  context: CommandContext,
  options: { readonly demo?: string; readonly tokenStdin?: boolean },
): Promise<ExitCode> {
  const { terminal } = context;
  const url = trimUrl(
    context.options.url ?? terminal.env.DBOPS_URL ?? DEFAULT_URL,
  );
  if (Boolean(options.demo) === Boolean(options.tokenStdin)) {
    throw new UsageError(
      'Say who signs in: --demo owner|viewer|approver, or --token-stdin with a Backstage token on standard input.',
    );
  }
  const session = options.demo
    ? await demoSignIn(url, options.demo)
    : { url, token: (await terminal.readStdin()).trim() };
  const { totalItems } = await new PortalClient(session).databases({
    limit: 1,
  });
  const store = new SessionStore(terminal.env);
  await store.write(session);
  terminal.err(
    `Signed in at ${url}, which shows ${totalItems} databases. The token is in ${store.file} (mode 0600).`,
  );
  return EXIT.ok;
}

export async function logout(context: CommandContext): Promise<ExitCode> {
  const store = new SessionStore(context.terminal.env);
  await store.remove();
  context.terminal.err(`${store.file} is removed.`);
  return EXIT.ok;
}
