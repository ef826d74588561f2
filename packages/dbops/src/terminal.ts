/** Where a command reads from and writes to. */
export interface Terminal {
  readonly env: Readonly<Record<string, string | undefined>>;
  /** One line of result. */
  out(line: string): void;
  /** One line that is not the result: progress, notices, errors. */
  err(line: string): void;
  readStdin(): Promise<string>;
}

export const processTerminal: Terminal = {
  env: process.env,
  out: line => {
    process.stdout.write(`${line}\n`);
  },
  err: line => {
    process.stderr.write(`${line}\n`);
  },
  async readStdin() {
    const chunks: Buffer[] = [];
    for await (const chunk of process.stdin) {
      chunks.push(Buffer.from(chunk));
    }
    return Buffer.concat(chunks).toString('utf8');
  },
};
