/**
 * An interactive, read-only shell on a Kafka cluster. Started by the command
 * that `connect.ts` gives, with the path of a private file that says where
 * and as whom.
 *
 * @packageDocumentation
 */
import { readFileSync } from 'node:fs';
import { createInterface } from 'node:readline/promises';
import { Admin } from '@platformatic/kafka';
import { readKafkaConfig } from './config';
import { innermostMessage } from './health/reachability';

const HELP = `brokers         lists the brokers that are alive
topics          lists topics
topic <name>    shows leader, replicas and replicas in sync of each partition
groups          lists consumer groups with their state
offsets <group> shows what a group has committed
quit            ends`;

async function answer(admin: Admin, line: string): Promise<string> {
  const [command, name = ''] = line.trim().split(/\s+/);
  switch (command) {
    case '':
      return '';
    case 'brokers': {
      const { brokers } = await admin.metadata({ forceUpdate: true });
      return [...brokers]
        .map(([id, { host, port }]) => `${id} ${host}:${port}`)
        .join('\n');
    }
    case 'topics':
      return (await admin.listTopics({ includeInternals: true }))
        .sort()
        .join('\n');
    case 'topic': {
      const { topics } = await admin.metadata({
        topics: [name],
        forceUpdate: true,
      });
      return (topics.get(name)?.partitions ?? [])
        .map(
          ({ leader, replicas, isr }, partition) =>
            `${partition} leader ${leader} replicas ${replicas} in sync ${isr}`,
        )
        .join('\n');
    }
    case 'groups':
      return [...(await admin.listGroups()).values()]
        .map(({ id, state }) => `${id} ${state}`)
        .join('\n');
    case 'offsets': {
      const groups = await admin.listConsumerGroupOffsets({ groups: [name] });
      return groups
        .flatMap(({ topics }) => topics)
        .flatMap(topic =>
          topic.partitions.map(
            ({ partitionIndex, committedOffset }) =>
              `${topic.name}-${partitionIndex} ${committedOffset}`,
          ),
        )
        .join('\n');
    }
    default:
      return HELP;
  }
}

async function main(): Promise<void> {
  const { title, kafka } = JSON.parse(readFileSync(process.argv[2], 'utf8'));
  const { members, sasl, tls } = readKafkaConfig(kafka, 'kafka');
  const admin = new Admin({
    clientId: 'database-ops-shell',
    bootstrapBrokers: members.map(({ host, port }) => ({ host, port })),
    tls: tls && { ca: tls.caFile && readFileSync(tls.caFile) },
    sasl: sasl && { ...sasl, password: sasl.password.reveal() },
  });
  const terminal = createInterface({
    input: process.stdin,
    output: process.stdout,
    prompt: `${title}> `,
  });
  console.log(HELP);
  terminal.prompt();
  for await (const line of terminal) {
    if (line.trim() === 'quit') {
      break;
    }
    try {
      console.log(await answer(admin, line));
    } catch (error) {
      console.error(innermostMessage(error));
    }
    terminal.prompt();
  }
  terminal.close();
  await admin.close();
}

main().catch(error => {
  console.error(innermostMessage(error));
  process.exitCode = 1;
});
