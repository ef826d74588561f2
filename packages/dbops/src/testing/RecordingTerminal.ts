import { Terminal } from '../terminal';

/** Keeps what a command printed. */
export class RecordingTerminal implements Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  readonly #stdin: string;
  readonly outLines: string[] = [];
  readonly errLines: string[] = [];

  constructor(
    env: Readonly<Record<string, string | undefined>>,
    stdin: string = '',
  ) {
    this.env = env;
    this.#stdin = stdin;
  }

  out(line: string): void {
    this.outLines.push(line);
  }

  err(line: string): void {
    this.errLines.push(line);
  }

  async readStdin(): Promise<string> {
    return this.#stdin;
  }
}
