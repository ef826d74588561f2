import {
  chmod,
  mkdir,
  readFile,
  rename,
  rm,
  writeFile,
} from 'node:fs/promises';
import { homedir } from 'node:os';
import { join } from 'node:path';
import { ForwardedError, isError } from '@backstage/errors';
import { z } from 'zod';

const sessionSchema = z.object({
  url: z.string(),
  token: z.string(),
  /** Set for the demo's sign-in, which needs nothing to sign in again. */
  demoRole: z.string().optional(),
});

/** Who is signed in where. */
export type Session = z.infer<typeof sessionSchema>;

/** Keeps one session in a private file below the user's configuration folder. */
export class SessionStore {
  readonly #folder: string;

  constructor(env: Readonly<Record<string, string | undefined>>) {
    this.#folder = join(
      env.XDG_CONFIG_HOME ?? join(env.HOME ?? homedir(), '.config'),
      'dbops',
    );
  }

  get file(): string {
    return join(this.#folder, 'session.json');
  }

  async read(): Promise<Session | undefined> {
    let content;
    try {
      content = await readFile(this.file, 'utf8');
    } catch (error) {
      if (isError(error) && error.code === 'ENOENT') {
        return undefined;
      }
      throw error;
    }
    try {
      return sessionSchema.parse(JSON.parse(content));
    } catch (error) {
      throw new ForwardedError(
        `${this.file} is not a session; remove it and run: dbops login`,
        error,
      );
    }
  }

  async write(session: Session): Promise<void> {
    await mkdir(this.#folder, { recursive: true, mode: 0o700 });
    await chmod(this.#folder, 0o700);
    const scratch = `${this.file}.${process.pid}`;
    await writeFile(scratch, JSON.stringify(session), { mode: 0o600 });
    await rename(scratch, this.file);
  }

  async remove(): Promise<void> {
    await rm(this.file, { force: true });
  }
}
