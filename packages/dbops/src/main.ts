import { isError } from '@backstage/errors';
import { CommanderError } from 'commander';
import { withoutDirectFlag } from './direct/directCommands';
import { DeniedError, UnreachableError, UsageError } from './errors';
import { EXIT, ExitCode } from './exitCodes';
import { createProgram } from './program';
import { Terminal } from './terminal';

function exitCodeOfError(error: unknown): ExitCode {
  if (error instanceof UsageError || error instanceof CommanderError) {
    return EXIT.usage;
  }
  if (error instanceof UnreachableError) {
    return EXIT.unreachable;
  }
  return error instanceof DeniedError ? EXIT.denied : EXIT.error;
}

function sentenceOf(error: unknown): string {
  if (!isError(error)) {
    return String(error);
  }
  // A ResponseError's own message is the status; the API's sentence is in its body.
  const { body } = error as { body?: { error?: { message?: string } } };
  return body?.error?.message ?? error.message;
}

/** Runs one command; gives the exit code and never throws. */
export async function main(
  args: readonly string[],
  terminal: Terminal,
): Promise<number> {
  let exitCode: number = EXIT.ok;
  const program = createProgram(terminal, code => {
    exitCode = code;
  });
  const configure = (command: typeof program) => {
    command.exitOverride();
    command.configureOutput({
      writeOut: text => terminal.out(text.trimEnd()),
      writeErr: text => terminal.err(text.trimEnd()),
    });
    command.commands.forEach(each => configure(each as typeof program));
  };
  configure(program);
  try {
    await program.parseAsync([...withoutDirectFlag(args)], { from: 'user' });
    return exitCode;
  } catch (error) {
    if (error instanceof CommanderError) {
      // Commander has printed it; asking for help is no error.
      return error.exitCode === 0 ? EXIT.ok : EXIT.usage;
    }
    terminal.err(`dbops: ${sentenceOf(error)}`);
    return exitCodeOfError(error);
  }
}
