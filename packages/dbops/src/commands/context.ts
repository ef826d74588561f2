import { PortalClient } from '../api/PortalClient';
import { UsageError } from '../errors';
import { Terminal } from '../terminal';

/** Options that every command has. */
export interface GlobalOptions {
  readonly url?: string;
  readonly output: OutputFormat;
}

export const OUTPUT_FORMATS = ['table', 'json'] as const;
export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** What a command is given. */
export interface CommandContext {
  readonly terminal: Terminal;
  readonly options: GlobalOptions;
  /** Signed in, or an error that says how to. */
  portal(): Promise<PortalClient>;
}

export function parseOutputFormat(value: string): OutputFormat {
  const format = OUTPUT_FORMATS.find(each => each === value);
  if (!format) {
    throw new UsageError(
      `--output is ${OUTPUT_FORMATS.join(' or ')}, not '${value}'.`,
    );
  }
  return format;
}

/** Prints data as JSON, or what `lines` makes of it. */
export function print(
  context: CommandContext,
  data: unknown,
  lines: () => readonly string[],
): void {
  if (context.options.output === 'json') {
    context.terminal.out(JSON.stringify(data, undefined, 2));
  } else {
    lines().forEach(line => context.terminal.out(line));
  }
}
