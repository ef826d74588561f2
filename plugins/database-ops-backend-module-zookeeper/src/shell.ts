/**
 * An interactive, read-only shell on one ZooKeeper server. Started by the
 * command that `connect.ts` gives, with the path of a private file that says
 * where and as whom.
 *
 * @packageDocumentation
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { z } from 'zod';
import { ZooKeeperSession } from './ZooKeeperSession';

const ANSWER_SECONDS = 10;

const target = z.object({
  name: z.string(),
  host: z.string(),
  port: z.number(),
  username: z.string(),
  password: z.string(),
  tls: z.object({ caFile: z.string().optional() }).optional(),
});

async function answer(
  session: ZooKeeperSession,
  line: string,
): Promise<string> {
  const [command, path = '/'] = line.trim().split(/\s+/);
  switch (command) {
    case '':
      return '';
    case 'ls':
      return [...(await session.children(path))].sort().join('\n');
    case 'get':
      return (await session.read(path))?.toString('utf8') ?? '';
    default:
      return 'ls [path]   lists children\nget [path]  prints the content\nquit        ends';
  }
}

async function main(): Promise<void> {
  const { name, tls, ...where } = target.parse(
    JSON.parse(readFileSync(process.argv[2], 'utf8')),
  );
  const session = await ZooKeeperSession.open({
    ...where,
    tls: tls && { ca: tls.caFile && readFileSync(tls.caFile) },
    answerSeconds: ANSWER_SECONDS,
  });
  const terminal = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: `${name}> `,
  });
  terminal.prompt();
  for await (const line of terminal) {
    if (line.trim() === 'quit') {
      break;
    }
    try {
      console.log(await answer(session, line));
    } catch (error) {
      console.error(error instanceof Error ? error.message : String(error));
    }
    terminal.prompt();
  }
  terminal.close();
  session.close();
}

main().catch(error => {
  console.error(error instanceof Error ? error.message : String(error));
  process.exitCode = 1;
});
