import { screen, within } from '@testing-library/react';
import userEvent from '@testing-library/user-event';
import { RetentionPreview } from 'backstage-plugin-database-ops-common';
import { fill } from '../__testUtils__/fill';
import {
  aDatabase,
  ago,
  anApi,
  anOperation,
  answer,
} from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { Retention } from './Retention';
import { whyNotExpire } from './words';

const database = aDatabase({
  capabilities: {
    verbs: ['backup', 'expire'],
    backupTypes: [],
    restoreKinds: [],
  },
});

const preview: RetentionPreview = {
  databaseId: database.id,
  state: 'known',
  promise: 'Any second of the last 30 days stays restorable.',
  sentence: '1 of 2 backups would go now.',
  removes: 1,
  freedBytes: 1024 ** 3,
  planHash: 'plan-1',
  entries: [
    {
      backupId: 'full-2',
      type: 'full',
      stoppedAt: ago(3600),
      keep: true,
      reasons: ['The last verified chain'],
      dependents: [],
      proved: true,
    },
    {
      backupId: 'full-1',
      type: 'full',
      stoppedAt: ago(90 * 86400),
      keep: false,
      reasons: ['Older than 30 days'],
      dependents: ['incr-1'],
    },
  ],
};

function backend(shown: RetentionPreview = preview) {
  return anApi({
    getRetentionPreview: jest.fn(async () => shown),
    getPins: jest.fn(async () => ({
      items: [
        {
          id: 'pin-1',
          databaseId: database.id,
          backupId: 'full-2',
          reason: 'Case 114',
          legalHold: true,
          createdBy: 'user:default/owner',
          createdAt: ago(60),
        },
      ],
    })),
    getPolicies: jest.fn(async () => ({ items: [] })),
    createOperation: jest.fn(async () => anOperation({ kind: 'expire' })),
  });
}

describe('The retention of a database', () => {
  it('lists what goes first, each backup with its reason and what goes with it', async () => {
    await renderPart(<Retention database={database} />, backend());
    const table = await screen.findByRole('table');
    const rows = within(table).getAllByRole('row').slice(1);
    expect(rows[0]).toHaveTextContent(
      /full-1.*Goes.*Older than 30 daysWith it go incr-1/,
    );
    expect(rows[1]).toHaveTextContent(
      /full-2.*Keptproved.*The last verified chain/,
    );
    expect(screen.getByText(/1 of 2 backups would go now/)).toBeVisible();
    expect(await screen.findByLabelText('Pins')).toHaveTextContent(
      /full-2, legal hold: Case 114 .*without end/,
    );
  });

  it('expires exactly the plan that was shown, after its name was typed', async () => {
    const api = backend();
    await renderPart(<Retention database={database} />, api);
    await userEvent.click(await screen.findByText('Expire now…'));
    const dialog = screen.getByRole('dialog');
    expect(dialog).toHaveTextContent(/full-1 and what depends.*frees 1 GiB/);
    const button = within(dialog).getByText('Expire now');
    expect(button.closest('button')).toBeDisabled();
    await fill(within(dialog).getByLabelText(/Type/), database.id);
    await userEvent.click(button);
    expect(api.createOperation).toHaveBeenCalledWith(
      expect.objectContaining({
        kind: 'expire',
        parameters: { planHash: 'plan-1' },
      }),
      expect.any(String),
    );
  });

  it('pins with a reason and an end in the future, or holds without end', async () => {
    const api = backend();
    await renderPart(<Retention database={database} />, api);
    await userEvent.click(await screen.findByLabelText('Pin full-1'));
    const dialog = screen.getByRole('dialog');
    const pin = within(dialog).getByText('Pin it');
    await fill(within(dialog).getByLabelText(/Reason/), 'Migration');
    await fill(within(dialog).getByLabelText(/Until/), '2001-01-01');
    expect(dialog).toHaveTextContent('The end has to lie in the future.');
    expect(pin.closest('button')).toBeDisabled();
    await userEvent.click(within(dialog).getByLabelText('Legal hold'));
    await userEvent.click(pin);
    expect(api.createPin).toHaveBeenCalledWith(database.id, {
      backupId: 'full-1',
      reason: 'Migration',
      legalHold: true,
    });
  });

  it('ends a pin after asking, and not for those without the right', async () => {
    const api = backend();
    const own = await renderPart(<Retention database={database} />, api);
    await userEvent.click(
      await screen.findByLabelText('End the pin of full-2'),
    );
    await userEvent.click(screen.getByText('End the pin'));
    expect(api.deletePin).toHaveBeenCalledWith(database.id, 'pin-1');
    own.unmount();

    const permissions = {
      run: true,
      restore: true,
      audit: true,
      retain: false,
    };
    await renderPart(
      <Retention database={{ ...database, permissions }} />,
      backend(),
    );
    expect(
      await screen.findByLabelText('End the pin of full-2'),
    ).toHaveAttribute('aria-disabled', 'true');
    expect(
      screen.getByText('Expire now…').closest('button'),
    ).toHaveAccessibleDescription(/database-ops\.database\.retain/);
  });

  it('says that somebody else has to end a pin too, which is no failure', async () => {
    const api = backend();
    api.deletePin.mockRejectedValue(
      await answer(409, {
        name: 'ConflictError',
        message: 'It ends when one of group:default/dba ends it too.',
        secondPersonWanted: true,
      }),
    );
    await renderPart(<Retention database={database} />, api);
    await userEvent.click(
      await screen.findByLabelText('End the pin of full-2'),
    );
    await userEvent.click(screen.getByText('End the pin'));
    const dialog = within(screen.getByRole('dialog'));
    expect(await dialog.findByRole('status')).toHaveTextContent(
      /Your wish is written down; somebody else has to end it too.*group:default\/dba/,
    );
    expect(dialog.queryByRole('alert')).toBeNull();
    expect(dialog.getByText('End the pin').closest('button')).toBeDisabled();
    expect(dialog.getByText('Close')).toBeVisible();
  });

  it('tells a conflict of another kind as a failure', async () => {
    const api = backend();
    api.deletePin.mockRejectedValue(
      await answer(409, { name: 'ConflictError', message: 'No repository.' }),
    );
    await renderPart(<Retention database={database} />, api);
    await userEvent.click(
      await screen.findByLabelText('End the pin of full-2'),
    );
    await userEvent.click(screen.getByText('End the pin'));
    const dialog = within(screen.getByRole('dialog'));
    expect(await dialog.findByRole('alert')).toHaveTextContent(
      'No repository.',
    );
    expect(dialog.queryByText(/wish/)).toBeNull();
  });

  it('removes nothing while the repository is not known', async () => {
    const unknown: RetentionPreview = {
      ...preview,
      state: 'unknown',
      reason: 'The inventory is 3 h old.',
    };
    await renderPart(<Retention database={database} />, backend(unknown));
    expect(
      await screen.findByText('Nothing is removed while unknown'),
    ).toBeVisible();
    expect(whyNotExpire(unknown)).toBe('The inventory is 3 h old.');
    expect(whyNotExpire({ ...preview, state: 'no-retention' })).toMatch(
      /no retention/,
    );
    expect(whyNotExpire({ ...preview, removes: 0 })).toBe(
      'Nothing is to be removed.',
    );
  });
});
