import { TLSSocket } from 'node:tls';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  thresholdSignal,
  unknownSignal,
} from 'backstage-plugin-database-ops-node';
import { Limits } from './Limits';

const DAY_MILLISECONDS = 86_400_000;

/** Until when the certificate of a member is valid that was just connected to; `undefined` without TLS. */
export function certificateEnd(stream: unknown): Date | undefined {
  if (!(stream instanceof TLSSocket)) {
    return undefined;
  }
  const end = new Date(stream.getPeerCertificate().valid_to);
  return Number.isNaN(end.getTime()) ? undefined : end;
}

/** The certificate that ends first; members that were never reached say nothing. */
export function certificateSignal(
  members: readonly { readonly name: string; readonly end?: Date }[],
  now: Date,
  limits: Limits,
): Signal {
  const facts = limits.facts('certificate');
  const known = members.flatMap(({ name, end }) =>
    end
      ? [{ name, days: (end.getTime() - now.getTime()) / DAY_MILLISECONDS }]
      : [],
  );
  if (known.length === 0) {
    return unknownSignal({
      ...facts,
      sentence:
        'No member showed a certificate yet: none was reached over TLS.',
    });
  }
  const first = known.reduce((a, b) => (a.days <= b.days ? a : b));
  const days = Math.floor(first.days);
  return thresholdSignal(
    {
      ...facts,
      member: first.name,
      value: days,
      sentence:
        days < 0
          ? `The certificate of ${first.name} has ended.`
          : `The certificate of ${first.name} ends in ${days} days${known.length > 1 ? ', before those of the other members' : ''}.`,
    },
    limits.bounds('certificate'),
  );
}
