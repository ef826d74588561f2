import { Config } from '@backstage/config';
import { ForwardedError, InputError } from '@backstage/errors';

const KEY = 'auth.providers.demo.dangerouslyAllowDemoSignIn';
const LOOPBACK = /^(127(\.\d{1,3}){3}|::1|\[::1\]|localhost)$/;

/** Whether a host name or address can only be reached from this machine. */
export function isLoopback(host: string): boolean {
  return LOOPBACK.test(host);
}

function listenHost(config: Config): string | undefined {
  const listen = config.getOptional('backend.listen');
  if (typeof listen === 'string') {
    return listen.slice(0, Math.max(listen.lastIndexOf(':'), 0)) || undefined;
  }
  return config.getOptionalString('backend.listen.host');
}

/**
 * Whether this portal may sign anybody in with a role of their choice.
 *
 * @throws InputError when the key is set but the server would be reachable
 * from elsewhere: such a portal must not start.
 */
export function demoAllowed(config: Config): boolean {
  let allowed;
  try {
    allowed = config.getOptionalBoolean(KEY);
  } catch (error) {
    throw new ForwardedError(`'${KEY}' is not true or false; remove it`, error);
  }
  if (!allowed) {
    return false;
  }
  const host = listenHost(config);
  if (!host || !isLoopback(host)) {
    throw new InputError(
      `'${KEY}' lets anyone sign in with any role, but 'backend.listen' is ${
        host ? `'${host}'` : 'every interface'
      }; set 'backend.listen.host' to 127.0.0.1, or remove the key and configure a real sign-in provider.`,
    );
  }
  return true;
}
