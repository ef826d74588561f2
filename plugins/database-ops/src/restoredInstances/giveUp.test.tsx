import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { RestoredInstance } from 'backstage-plugin-database-ops-common';
import { fill } from '../__testUtils__/fill';
import { aDatabase, ago, anApi, answer } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { RestoredInstancesCard } from './RestoredInstancesCard';

const database = aDatabase({
  capabilities: {
    verbs: ['restore', 'discard'],
    backupTypes: [],
    restoreKinds: [],
  },
});

function anInstance(changes: Partial<RestoredInstance> = {}): RestoredInstance {
  return {
    id: 'op-9',
    databaseId: database.id,
    operationId: 'op-9',
    state: 'lost',
    host: 'worker-1',
    createdAt: ago(60),
    expiresAt: ago(-3600),
    ...changes,
  };
}

function backend(...items: RestoredInstance[]) {
  return anApi({
    getRestoredInstances: jest.fn(async () => ({ items })),
    getPolicies: jest.fn(async () => ({ items: [] })),
    forgetRestoredInstance: jest.fn(async () =>
      anInstance({ state: 'discarded' }),
    ),
  });
}

describe('Lost restored instances', () => {
  it('are given up with a reason when their host is gone for good, which removes nothing', async () => {
    const api = backend(anInstance({ directory: '/restores/op-9' }));
    await renderPart(<RestoredInstancesCard database={database} />, api);
    await userEvent.click(await screen.findByText('Give up…'));
    const dialog = screen.getByRole('dialog');
    expect(dialog).toHaveTextContent(
      /Nothing is removed: its files may still lie on worker-1, in \/restores\/op-9\./,
    );
    const button = within(dialog).getByText('Give up').closest('button');
    expect(button).toBeDisabled();
    expect(within(dialog).queryByLabelText(/Type/)).toBeNull();
    await fill(within(dialog).getByLabelText(/Reason/), ' Scrapped. ');
    const asked = api.getRestoredInstances.mock.calls.length;
    await userEvent.click(within(dialog).getByText('Give up'));
    expect(api.forgetRestoredInstance).toHaveBeenCalledWith('op-9', {
      reason: 'Scrapped.',
    });
    expect(screen.queryByRole('dialog')).toBeNull();
    expect(api.getRestoredInstances.mock.calls.length).toBeGreaterThan(asked);
  });

  it('say why they were not given up, and keep what was typed', async () => {
    const api = backend(anInstance());
    api.forgetRestoredInstance.mockRejectedValue(
      await answer(409, {
        name: 'ConflictError',
        message: 'The discard op-12 waits for it; cancel it first.',
      }),
    );
    await renderPart(<RestoredInstancesCard database={database} />, api);
    await userEvent.click(await screen.findByText('Give up…'));
    const dialog = within(screen.getByRole('dialog'));
    await fill(dialog.getByLabelText(/Reason/), 'Scrapped.');
    await userEvent.click(dialog.getByText('Give up'));
    expect(await dialog.findByRole('alert')).toHaveTextContent(
      /The discard op-12 waits for it; cancel it first\./,
    );
    expect(dialog.getByLabelText(/Reason/)).toHaveValue('Scrapped.');
  });

  it('read as given up afterwards, with what may still lie there; others are not offered it', async () => {
    const forgotten =
      'A person gave up restored instance op-9: Scrapped. Its files were not removed and may still lie on worker-1.';
    const api = backend(
      anInstance({
        state: 'discarded',
        discardedAt: ago(60),
        facts: { forgotten },
      }),
      anInstance({ id: 'op-10', state: 'running' }),
    );
    await renderPart(<RestoredInstancesCard database={database} />, api);
    expect(await screen.findByText('Given up')).toBeVisible();
    expect(
      screen.getByText(/were not removed and may still lie/),
    ).toBeVisible();
    expect(screen.queryByText('Discarded')).toBeNull();
    expect(screen.queryByText('Give up…')).toBeNull();
  });

  it('are given up in place by the typed name only, by an approver where the policy wants two people', async () => {
    const api = backend(anInstance({ mode: 'in-place' }));
    api.getPolicies.mockResolvedValue({
      items: [
        {
          name: 'gold',
          sentence: '',
          databaseIds: [database.id],
          schedules: [],
          approvals: [
            {
              kinds: ['discard'],
              approvers: ['group:default/dba'],
              expiresAfter: 'PT4H',
            },
          ],
        },
      ],
    });
    await renderPart(<RestoredInstancesCard database={database} />, api);
    await userEvent.click(await screen.findByText('Give up…'));
    const dialog = within(screen.getByRole('dialog'));
    expect(await dialog.findByText('An approver has to do it')).toBeVisible();
    await fill(dialog.getByLabelText(/Reason/), 'Scrapped.');
    const button = dialog.getByText('Give up').closest('button');
    expect(button).toBeDisabled();
    await fill(dialog.getByLabelText(/Type/), database.id);
    await userEvent.click(dialog.getByText('Give up'));
    expect(api.forgetRestoredInstance).toHaveBeenCalledWith('op-9', {
      reason: 'Scrapped.',
      confirmation: database.id,
    });
  });
});
