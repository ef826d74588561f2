import { readFileSync, statSync } from 'node:fs';
import { InputError, toError } from '@backstage/errors';
import {
  parseConfig,
  Secret,
  secretString,
} from 'backstage-plugin-database-ops-node';
import { z } from 'zod';

/** As whom to connect. */
export interface Credentials {
  readonly username: string;
  readonly password: Secret;
}

/** What configuration says of a credential. */
export interface CredentialSource extends Credentials {
  /** What a rotation wrote holds instead, as soon as it is there. */
  readonly credentialsFile?: string;
}

/** What a rotation wrote, beside the credential itself. */
export interface WrittenCredentials extends Credentials {
  readonly writtenAt?: Date;
  /** The login before, as long as it is not ended. */
  readonly endingUsername?: string;
}

const fileSchema = z.object({
  username: z.string().min(1),
  password: secretString(),
  writtenAt: z.iso
    .datetime({ offset: true })
    .transform(text => new Date(text))
    .optional(),
  endingUsername: z.string().min(1).optional(),
});

const OTHERS = 0o077;

/**
 * The credential that holds now: that of the file as soon as there is one,
 * else that of the configuration. It is read at each use, for a rotation
 * replaces the file; it is a few bytes.
 *
 * @throws InputError naming the file and what is wrong with it
 */
export function currentCredentials(
  source: CredentialSource,
): WrittenCredentials {
  const { username, password, credentialsFile: file } = source;
  return (file && readCredentialsFile(file)) || { username, password };
}

/** `undefined` while there is none. */
export function readCredentialsFile(
  file: string,
): WrittenCredentials | undefined {
  let text: string;
  try {
    if ((statSync(file).mode & OTHERS) !== 0) {
      throw new InputError(
        `Others than its owner can read ${file}; run chmod 600 on it, and rotate the credential.`,
      );
    }
    text = readFileSync(file, 'utf8');
  } catch (error) {
    if ((error as { readonly code?: unknown }).code === 'ENOENT') {
      return undefined;
    }
    throw error instanceof InputError
      ? error
      : new InputError(
          `The credentials file ${file} cannot be read: ${toError(error).message}`,
        );
  }
  let content: unknown;
  try {
    content = JSON.parse(text);
  } catch {
    // The parser's own message quotes what it read.
    throw new InputError(
      `The credentials file ${file} is no JSON; write {"username": …, "password": …} to it.`,
    );
  }
  return parseConfig(fileSchema, content, file);
}
