import { InputError } from '@backstage/errors';

/** One session of one server process: a process number alone is given out again. */
export interface SessionName {
  readonly member: string;
  readonly pid: number;
  /** `backend_start` in microseconds since 1970. */
  readonly startMicroseconds: string;
}

export function formatSessionId({
  member,
  pid,
  startMicroseconds,
}: SessionName): string {
  return `${member}.${pid}.${startMicroseconds}`;
}

/** @throws InputError when it is none */
export function parseSessionId(text: string): SessionName {
  const match = /^(.+)\.(\d{1,10})\.(\d{1,18})$/.exec(text);
  if (!match) {
    throw new InputError(
      `'${text}' is no id of a session; take one from the list of sessions.`,
    );
  }
  const [, member, pid, startMicroseconds] = match;
  return { member, pid: Number(pid), startMicroseconds };
}
