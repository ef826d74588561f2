import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { LocalFleet } from 'local-fleet';

/** Shorter lines of a private key turn up by chance. */
const TELLING_CHARACTERS = 40;

/** Every password and key of a fleet, by the file that holds it. */
export class FleetSecrets {
  readonly #secrets: ReadonlyMap<string, string>;

  static async of({ context }: LocalFleet): Promise<FleetSecrets> {
    const secrets = new Map<string, string>();
    const folder = join(context.directory, 'secrets');
    for (const name of await readdir(folder)) {
      secrets.set(name, (await readFile(join(folder, name), 'utf8')).trim());
    }
    const certificates = join(context.directory, 'certificates');
    for (const name of await readdir(certificates)) {
      const pem = await readFile(join(certificates, name, 'key.pem'), 'utf8');
      const lines = pem
        .split('\n')
        .filter(line => line.length >= TELLING_CHARACTERS);
      lines.forEach((line, index) =>
        secrets.set(`key of ${name}, line ${index + 1}`, line),
      );
    }
    return new FleetSecrets(secrets);
  }

  private constructor(secrets: ReadonlyMap<string, string>) {
    this.#secrets = secrets;
  }

  get names(): readonly string[] {
    return [...this.#secrets.keys()];
  }

  /** Names of the secrets that stand in a text; never the secrets themselves. */
  foundIn(text: string): readonly string[] {
    return [...this.#secrets]
      .filter(([, secret]) => text.includes(secret))
      .map(([name]) => name);
  }

  /** The same for texts by place, as `<place>: <secret's name>`. */
  foundAt(places: Iterable<readonly [string, string]>): readonly string[] {
    return [...places].flatMap(([place, text]) =>
      this.foundIn(text).map(name => `${place}: ${name}`),
    );
  }
}
