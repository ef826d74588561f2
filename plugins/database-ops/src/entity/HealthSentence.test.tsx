import { act } from '@testing-library/react';
import { aDatabase, ago, anApi } from '../__testUtils__/fixtures';
import { renderPart } from '../__testUtils__/render';
import { HealthSentence } from './HealthSentence';

const healthy = aDatabase({
  status: 'healthy',
  sentence: 'Healthy. Restorable to 06:15 UTC.',
  freshness: { state: 'kept', sentence: 'Fresh.', restorableTo: ago(600) },
});

async function textOf(part: JSX.Element): Promise<string | null> {
  const { container } = await renderPart(part, anApi());
  return container.textContent;
}

describe('The sentence of a status', () => {
  it('says how long ago a healthy database is restorable to, and lets that age grow', async () => {
    jest.useFakeTimers({ advanceTimers: true });
    const { container } = await renderPart(
      <HealthSentence database={healthy} />,
      anApi(),
    );
    expect(container).toHaveTextContent('Healthy. Restorable to 10 min ago.');
    act(() => {
      jest.advanceTimersByTime(5 * 60_000);
    });
    expect(container).toHaveTextContent('Healthy. Restorable to 15 min ago.');
    jest.useRealTimers();
  });

  it('leaves out a status that stands before it', async () => {
    expect(
      await textOf(<HealthSentence database={healthy} causeOnly />),
    ).toContain('Restorable to 10 min ago.');
    const plain = aDatabase({
      status: 'healthy',
      sentence: 'Healthy. 9 signals are ok.',
      freshness: { state: 'no-objective', sentence: 'No backups.' },
    });
    expect(await textOf(<HealthSentence database={plain} />)).toContain(
      'Healthy. 9 signals are ok.',
    );
    expect(
      await textOf(<HealthSentence database={plain} causeOnly />),
    ).not.toContain('Healthy');
  });

  it('says the worst cause of one that is not healthy', async () => {
    const degraded = aDatabase({ freshness: healthy.freshness });
    expect(await textOf(<HealthSentence database={degraded} />)).toContain(
      'Standby fleet-pg-2 is not streaming.',
    );
  });
});
