import { InputError } from '@backstage/errors';
import { HostConfigurationLine } from 'backstage-plugin-database-ops-node';

export function line(text: string, why?: string): HostConfigurationLine {
  return why === undefined ? { text } : { text, why };
}

/** For a shell, always in quotes: nothing of it is expanded. */
export function shellQuoted(text: string): string {
  return `'${text.replace(/'/g, `'\\''`)}'`;
}

/**
 * A value for a file of lines.
 *
 * @throws InputError when it would add a line
 */
export function oneLine(what: string, value: string): string {
  if (/[\r\n]/.test(value)) {
    throw new InputError(`${what} has a line break; correct it.`);
  }
  return value;
}
