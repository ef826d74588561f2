import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { Proof } from 'backstage-plugin-database-ops-common';
import { aDatabase, ago, anApi, anOperation } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { ProofsCard } from './ProofsCard';
import { panelOf, seriesOf } from './proofSeries';

jest.mock('./ProofCharts', () => ({ ProofCharts: () => <p>charts</p> }));

const database = aDatabase({
  capabilities: {
    verbs: ['verify'],
    backupTypes: [],
    restoreKinds: [],
    verificationDepths: [
      { id: 'repository', title: 'Repository', description: 'Checksums.' },
      { id: 'restore', title: 'Restore', description: 'A real one.' },
    ],
  },
});

function aProof(changes: Partial<Proof> = {}): Proof {
  return {
    id: 'p1',
    databaseId: database.id,
    operationId: 'op-v',
    depth: 'restore',
    state: 'partial',
    sentence: 'Restored to a random second.',
    startedAt: ago(200),
    endedAt: ago(100),
    rpoSeconds: 9,
    rtoSeconds: 130,
    checks: [
      {
        id: 'collation',
        title: 'Collations',
        status: 'skipped',
        sentence: 'No libc of that version.',
      },
    ],
    ...changes,
  };
}

describe('The proof history', () => {
  it('has every value of its charts in a table, and each check in a drawer', async () => {
    const api = anApi({
      getProofs: jest.fn(async () => ({ items: [aProof()], totalItems: 1 })),
    });
    await renderPart(<ProofsCard database={database} />, api);
    const table = await screen.findByRole('table', {
      name: `Verifications of ${database.id}`,
    });
    expect(table).toHaveTextContent(/Partly proved.*restore.*9 s.*2 min 10 s/);
    expect(await screen.findByText('charts')).toBeVisible();
    await userEvent.click(within(table).getByText('Checks'));
    expect(screen.getByRole('dialog')).toHaveTextContent(
      /Collations.*Skipped, not proved.*No libc of that version/,
    );
  });

  it('teaches what a verification is, and starts one of a chosen depth', async () => {
    const api = anApi({
      getProofs: jest.fn(async () => ({ items: [], totalItems: 0 })),
      createOperation: jest.fn(async () => anOperation({ kind: 'verify' })),
    });
    await renderPart(<ProofsCard database={database} />, api);
    expect(await screen.findByText(/No verification of/)).toBeVisible();
    await userEvent.click(screen.getByText('Verify now…'));
    await userEvent.click(screen.getByLabelText('Restore'));
    await userEvent.click(screen.getByText('Start verification'));
    expect(api.createOperation).toHaveBeenCalledWith(
      {
        databaseId: database.id,
        kind: 'verify',
        parameters: { depth: 'restore' },
        reason: undefined,
      },
      expect.any(String),
    );
  });

  it('draws what was measured, oldest first, with the promise as its limit', () => {
    const older = aProof({ endedAt: '2026-11-16T00:00:00Z', rpoSeconds: 5 });
    const newer = aProof({ endedAt: '2026-11-17T00:00:00Z', rpoSeconds: 7 });
    const failed = aProof({ rpoSeconds: undefined });
    expect(seriesOf([newer, failed, older], 'rpoSeconds')).toMatchObject({
      timestamps: [1794787200, 1794873600],
      series: [{ name: 'RPO', values: [5, 7] }],
    });
    expect(panelOf('rtoSeconds', 900).thresholds).toEqual([
      { value: 900, level: 'critical' },
    ]);
    expect(panelOf('rtoSeconds').thresholds).toEqual([]);
  });
});
