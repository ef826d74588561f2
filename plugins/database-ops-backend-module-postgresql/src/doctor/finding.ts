import { Signal, SignalStatus } from 'backstage-plugin-database-ops-common';
import { signalOf } from 'backstage-plugin-database-ops-node';

/** What is found about one thing; the next step belongs to all but `ok`. */
interface Found {
  readonly id: string;
  readonly title: string;
  readonly status: SignalStatus;
  readonly sentence: string;
  readonly nextStep?: string;
  readonly member?: string;
}

export function finding({ sentence, nextStep, ...about }: Found): Signal {
  return signalOf(about.status, {
    ...about,
    sentence:
      nextStep && about.status !== 'ok' ? `${sentence} ${nextStep}` : sentence,
  });
}
