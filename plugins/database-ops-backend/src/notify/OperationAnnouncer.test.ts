import { mockServices } from '@backstage/backend-test-utils';
import { Operation } from 'backstage-plugin-database-ops-common';
import { DatabaseCatalog } from '../databases/types';
import { Announcement } from './Announcements';
import { OperationAnnouncer } from './OperationAnnouncer';

const databases: DatabaseCatalog = {
  list: () => [],
  get: () => undefined,
};

const verified = (result: Operation['result']): Operation => ({
  id: 'op-1',
  databaseId: 'orders',
  kind: 'verify',
  state: 'succeeded',
  parameters: {},
  requestedBy: 'schedule:orders/verification',
  requestedAt: '2026-11-23T04:00:00.000Z',
  version: 3,
  result,
});

describe('OperationAnnouncer', () => {
  async function announced(operation: Operation) {
    const told: Announcement[] = [];
    const announcer = new OperationAnnouncer({
      signals: { publish: async () => {} },
      announcements: {
        announce: async announcement => told.push(announcement) > 0,
      },
      databases,
      logger: mockServices.logger.mock(),
    });
    await announcer.ended(operation);
    return told;
  }

  it('says nothing of a proof', async () => {
    expect(await announced(verified({ proof: { state: 'proved' } }))).toEqual(
      [],
    );
  });

  it.each([
    [{ proof: { state: 'failed', sentence: 'A page is damaged.' } }, /damaged/],
    [{ proof: { state: 'partial', sentence: 'One was skipped.' } }, /skipped/],
    [{}, /established nothing/],
  ])(
    'tells people of a verification that ran well and proved nothing: %j',
    async (result, words) => {
      const [{ event, description, operationId }] = await announced(
        verified(result),
      );
      expect(event).toBe('proof-failed');
      expect(operationId).toBe('op-1');
      expect(description).toMatch(words);
    },
  );

  const promoted = (
    parameters: Operation['parameters'],
    facts: Record<string, string>,
  ): Operation => ({
    ...verified({ restoredInstance: { state: 'promoted', facts } }),
    kind: 'promote',
    parameters,
  });

  it.each([
    [
      'of a copy',
      promoted(
        {},
        { protection: 'PROTECTED', firstBackup: 'F1', stanza: 'main-1' },
      ),
      /^It is backed up: it archives to stanza main-1 and has a full backup F1/,
    ],
    [
      'in the place of its source',
      promoted(
        { mode: 'in-place' },
        { protection: 'PROTECTED', firstBackup: 'F2' },
      ),
      /^It is backed up: the full backup F2 was taken of it/,
    ],
    [
      'of an engine that does not say',
      promoted({}, {}),
      /^Nothing says that it is backed up/,
    ],
  ])(
    'says whether it is backed up after a promotion %s',
    async (_, operation, words) => {
      const [{ event, description }] = await announced(operation);
      expect(event).toBe('promoted');
      expect(description).toMatch(words);
      expect(description).not.toMatch('not backed up');
    },
  );
});
