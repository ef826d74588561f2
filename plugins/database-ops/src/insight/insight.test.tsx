import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Session } from 'backstage-plugin-database-ops-common';
import { fill } from '../__testUtils__/fill';
import { aDatabase, ago, anApi } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { blockingTree, SessionNode } from './blocking';
import { InsightCards } from './InsightCards';

const database = aDatabase();

function aSession(sessionId: string, changes: Partial<Session> = {}): Session {
  return {
    sessionId,
    member: 'fleet-pg-1',
    username: `role_${sessionId}`,
    application: 'reports',
    databaseName: 'analytics',
    state: 'active',
    startedAt: ago(90),
    seconds: 90,
    blockedBy: [],
    cancellable: true,
    ...changes,
  };
}

function ids(nodes: readonly SessionNode[]): unknown[] {
  return nodes.map(({ session, waiting }) =>
    waiting.length > 0 ? [session.sessionId, ids(waiting)] : session.sessionId,
  );
}

describe('The blocking tree', () => {
  it('puts who waits below whom it waits for, over several levels', () => {
    expect(
      ids(
        blockingTree([
          aSession('c', { blockedBy: ['b'] }),
          aSession('a'),
          aSession('b', { blockedBy: ['a'] }),
          aSession('d'),
        ]),
      ),
    ).toEqual([['a', [['b', ['c']]]], 'd']);
  });

  it('leaves nobody out: not whose blocker is not listed, not a circle', () => {
    expect(ids(blockingTree([aSession('a', { blockedBy: ['gone'] })]))).toEqual(
      ['a'],
    );
    expect(
      ids(
        blockingTree([
          aSession('a', { blockedBy: ['b'] }),
          aSession('b', { blockedBy: ['a'] }),
          aSession('c', { blockedBy: ['b'] }),
        ]),
      ),
    ).toEqual([['a', [['b', ['c']]]]]);
  });
});

function backend(sessions: Session[]) {
  return anApi({
    getStatements: jest.fn(async () => ({
      state: 'available' as const,
      sentence: 'The 1 statement that took most time.',
      since: ago(86_400),
      items: [
        {
          queryId: '42',
          text: 'SELECT count(*) FROM events WHERE at > $1',
          username: 'reports',
          databaseName: 'analytics',
          calls: 12_345,
          totalMilliseconds: 125_000,
          meanMilliseconds: 10.13,
          rows: 12_345,
          sharePercent: 61.24,
        },
      ],
    })),
    getSessions: jest.fn(async () => ({
      state: 'available' as const,
      sentence: `${sessions.length} sessions do something.`,
      items: sessions,
    })),
    cancelSession: jest.fn(async (_, sessionId) => ({
      sessionId,
      outcome: 'cancelled' as const,
      sentence: 'Its statement has ended.',
    })),
  });
}

describe('Query insight', () => {
  it('shows what took most time, normalised, with its share', async () => {
    await renderPart(<InsightCards database={database} />, backend([]));
    const table = await screen.findByRole('table', {
      name: `Top statements of ${database.id}`,
    });
    expect(table).toHaveTextContent(/FROM events WHERE at > \$1/);
    expect(table).toHaveTextContent(/61\.2 %.*2 min 5 s.*10\.1 ms.*12,345/);
  });

  it('says why nothing is known', async () => {
    const api = backend([]);
    api.getStatements.mockResolvedValue({
      state: 'unavailable',
      sentence: 'pg_stat_statements is not loaded.',
      items: [],
    });
    await renderPart(<InsightCards database={database} />, api);
    expect(
      await screen.findByText(/pg_stat_statements is not loaded/),
    ).toBeVisible();
    expect(screen.getByText('Not known')).toBeVisible();
    expect(screen.queryByRole('table')).toBeNull();
  });

  it('cancels a statement with a reason, and says what became of it', async () => {
    const blocker = aSession('1/77');
    const api = backend([
      blocker,
      aSession('1/78', { blockedBy: ['1/77'], waitEvent: 'Lock:relation' }),
      aSession('1/79', { cancellable: false, refusal: 'It archives.' }),
    ]);
    await renderPart(<InsightCards database={database} />, api);
    const waiting = await screen.findByRole('list', {
      name: 'Wait for role_1/77',
    });
    expect(waiting).toHaveTextContent(/Waits for 1 min \(Lock:relation\)/);
    expect(screen.getByText('Blocks 1')).toBeVisible();
    expect(
      screen.getByRole('button', { name: /role_1\/79/ }),
    ).toHaveAccessibleDescription('It archives.');

    await userEvent.click(
      screen.getByRole('button', { name: /of role_1\/77/ }),
    );
    const dialog = within(screen.getByRole('dialog'));
    const button = dialog.getByText('Cancel the statement').closest('button');
    expect(button).toBeDisabled();
    await fill(dialog.getByLabelText(/Reason/), 'It blocks the release');
    await userEvent.click(dialog.getByText('Cancel the statement'));
    expect(api.cancelSession).toHaveBeenCalledWith(database.id, '1/77', {
      reason: 'It blocks the release',
      startedAt: blocker.startedAt,
    });
    expect(await screen.findByText(/Its statement has ended\./)).toBeVisible();
    expect(screen.queryByRole('dialog')).toBeNull();
  });
});
