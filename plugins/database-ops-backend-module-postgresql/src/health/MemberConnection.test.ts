import { mockServices } from '@backstage/backend-test-utils';
import { Secret } from 'backstage-plugin-database-ops-node';
import { Pool } from 'pg';
import { PostgresqlConfig } from '../config';
import { MemberConnection } from './MemberConnection';

jest.mock('pg', () => ({ Pool: jest.fn() }));

const MEMBER = { name: 'pg-one', host: '127.0.0.1', port: 5432 };

function failure(message: string, code?: string): Error {
  return Object.assign(new Error(message), code && { code });
}

const ended = failure(
  'terminating connection due to administrator command',
  '57P01',
);
const refused = failure('password authentication failed', '28P01');

/** A connection whose pool gives these answers in turn. */
function answering(...answers: readonly (Error | readonly object[])[]) {
  const query = jest.fn();
  for (const answer of answers) {
    if (answer instanceof Error) {
      query.mockRejectedValueOnce(answer);
    } else {
      query.mockResolvedValueOnce({ rows: answer });
    }
  }
  jest
    .mocked(Pool)
    .mockImplementation(() => ({ query, on: jest.fn() }) as unknown as Pool);
  const config = {
    members: [MEMBER],
    database: 'app',
    username: 'monitor',
    password: new Secret('not used'),
  } as unknown as PostgresqlConfig;
  const connection = new MemberConnection(config, MEMBER);
  return {
    query,
    ask: () => connection.query('SELECT 1', mockServices.logger.mock()),
  };
}

describe('the connection to a member', () => {
  it('asks anew when the kept connection was ended meanwhile', async () => {
    const { ask } = answering(ended, [{ one: 1 }]);
    await expect(ask()).resolves.toEqual([{ one: 1 }]);
  });

  it('tells what a new connection meets, not that the kept ones were ended', async () => {
    const closed = failure('Connection terminated unexpectedly');
    await expect(answering(ended, closed, refused).ask()).rejects.toBe(refused);
  });

  it('believes a server that ends new connections too', async () => {
    const { ask, query } = answering(ended, ended, ended);
    await expect(ask()).rejects.toBe(ended);
    expect(query).toHaveBeenCalledTimes(3);
  });

  it('does not repeat a question that the server refused', async () => {
    const { ask, query } = answering(refused);
    await expect(ask()).rejects.toBe(refused);
    expect(query).toHaveBeenCalledTimes(1);
  });
});
