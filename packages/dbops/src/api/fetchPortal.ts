import { isError } from '@backstage/errors';
import { UnreachableError } from '../errors';

const ANSWER_SECONDS = 30;

/** `fetch` with a time-out, and an error that says what to do when nobody answers. */
export async function fetchPortal(
  url: string | URL | Request,
  init?: RequestInit,
): Promise<Response> {
  try {
    return await fetch(url, {
      ...init,
      signal: AbortSignal.timeout(ANSWER_SECONDS * 1000),
    });
  } catch (error) {
    const { origin } = new URL(url instanceof Request ? url.url : url);
    throw new UnreachableError(
      `The portal at ${origin} does not answer (${reasonOf(error)}); start it (npm run demo) or name another with --url or DBOPS_URL.`,
    );
  }
}

function reasonOf(error: unknown): string {
  if (isError(error) && error.name === 'TimeoutError') {
    return `nothing for ${ANSWER_SECONDS} s`;
  }
  const cause = isError(error) ? error.cause : undefined;
  if (isError(cause)) {
    return cause.message || String(cause.code ?? cause.name);
  }
  return isError(error) ? error.message : String(error);
}
