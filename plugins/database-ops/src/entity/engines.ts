const NAMES: Readonly<Record<string, string>> = {
  postgresql: 'PostgreSQL',
  redis: 'Redis',
  kafka: 'Kafka',
  zookeeper: 'ZooKeeper',
};

/** An engine's name as its makers write it; others as they call themselves. */
export function engineName(engine: string): string {
  return NAMES[engine] ?? engine;
}
