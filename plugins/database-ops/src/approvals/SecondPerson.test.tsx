import { screen } from '@testing-library/react';
import { Policy } from 'backstage-plugin-database-ops-common';
import { aDatabase, anApi } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { SecondPerson } from './SecondPerson';

const database = aDatabase();

function backend(changes: Partial<Policy>) {
  return anApi({
    getPolicies: jest.fn(async () => ({
      items: [
        {
          name: 'gold',
          sentence: '',
          databaseIds: [database.id],
          schedules: [],
          approvals: [
            {
              kinds: ['restore' as const],
              modes: ['in-place' as const],
              approvers: ['user:default/approver'],
              expiresAfter: 'PT4H',
            },
          ],
          ...changes,
        },
      ],
    })),
  });
}

describe('The hint of a second person', () => {
  it('comes from the policy that holds for this database, with what it overrides', async () => {
    const api = backend({ overriddenBy: [database.id] });
    await renderPart(
      <SecondPerson database={database} kind="restore" mode="in-place" />,
      api,
    );
    expect(
      await screen.findByText('A second person has to approve it'),
    ).toBeVisible();
    expect(
      screen.getByText(/Policy gold, as analytics-timescale overrides it,/),
    ).toBeVisible();
    expect(api.getPolicies).toHaveBeenCalledWith({ databaseId: database.id });
  });

  it('is about restores of the mode that the rule names only', async () => {
    await renderPart(
      <SecondPerson database={database} kind="restore" mode="new-place" />,
      backend({}),
    );
    expect(
      await screen.findByText('Policy gold asks for no second person here.'),
    ).toBeVisible();
  });
});
