import { CustomErrorBase } from '@backstage/errors';

/**
 * A tool that ended with an exit code that is not accepted, or that could not
 * be started.
 *
 * @public
 */
export class ToolError extends CustomErrorBase {
  name = 'ToolError' as const;

  /** Name of the tool without its folder. */
  readonly command: string;
  /** 127 when the tool could not be started, 128 + n when signal n ended it. */
  readonly exitCode: number;
  /** The last lines of its output, secrets redacted. */
  readonly lastLines: readonly string[];

  constructor(
    details: {
      readonly command: string;
      readonly exitCode: number;
      readonly lastLines: readonly string[];
      readonly sentence?: string;
    },
    cause?: Error,
  ) {
    const { command, exitCode, lastLines } = details;
    const said =
      lastLines.length > 0 ? `: ${lastLines.slice(-3).join(' | ')}` : '';
    super(
      details.sentence ?? `${command} ended with exit code ${exitCode}${said}`,
      cause,
    );
    this.command = command;
    this.exitCode = exitCode;
    this.lastLines = lastLines;
  }
}
