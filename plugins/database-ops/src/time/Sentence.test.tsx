import { render, screen } from '@testing-library/react';
import { Sentence } from './Sentence';

describe('A sentence of the API', () => {
  it('shows its moments as the rest of the page does, and leaves its words alone', () => {
    const { container } = render(
      <Sentence text="Restorable from 2020-11-23T16:31:53.000Z to 2020-11-24T16:44:06.143172Z, backup 20201123-163201F." />,
    );
    expect(container).toHaveTextContent(
      /^Restorable from 23 Nov 2020 16:31:53 UTC.* to 24 Nov 2020 16:44:06 UTC.*, backup 20201123-163201F\.$/,
    );
    expect(screen.getByText(/16:31:53/)).toHaveAttribute(
      'datetime',
      '2020-11-23T16:31:53.000Z',
    );
  });
});
