import { readKafkaConfig } from './config';

const PATH = 'databaseOps.databases.events.kafka';
const MEMBERS = [{ name: 'a', host: '127.0.0.1', port: 9092 }];

describe('readKafkaConfig', () => {
  it('reads members and hides the password', () => {
    const config = readKafkaConfig(
      {
        members: MEMBERS,
        sasl: {
          mechanism: 'SCRAM-SHA-512',
          username: 'dbops_monitor',
          password: 'very secret',
        },
      },
      PATH,
    );
    expect(config.sasl?.password.reveal()).toBe('very secret');
    expect(JSON.stringify(config)).not.toContain('very secret');
  });

  it('names the key that is wrong', () => {
    expect(() =>
      readKafkaConfig(
        {
          members: MEMBERS,
          sasl: { mechanism: 'SCRAM', username: 'u', password: 'p' },
        },
        PATH,
      ),
    ).toThrow(`${PATH}.sasl.mechanism: expected one of SCRAM-SHA-512`);
    expect(() => readKafkaConfig(undefined, PATH)).toThrow(PATH);
  });
});
