// Whether something could promote a standby while the source is stopped.
import { readFile } from 'node:fs/promises';
import { request as httpRequest } from 'node:http';
import { request as httpsRequest } from 'node:https';
import { toError } from '@backstage/errors';
import { z } from 'zod';
import { HighAvailabilityConfig } from './config';
import { RunningSource } from './sourceFacts';

const TIMEOUT_MILLISECONDS = 5_000;
const LARGEST_ANSWER_BYTES = 1_000_000;

/** Of `GET /cluster`, see https://patroni.readthedocs.io/en/latest/rest_api.html */
const clusterSchema = z.looseObject({
  pause: z.boolean().optional(),
  scope: z.string().optional(),
  members: z
    .array(z.looseObject({ name: z.string(), role: z.string() }))
    .default([]),
});

/** Whether a restore in place may stop the source now. */
export interface HighAvailability {
  /** `unmanaged`: nothing is known that promotes by itself. */
  readonly state: 'unmanaged' | 'paused' | 'could-promote' | 'unknown';
  readonly sentence: string;
}

export function maySwitch({ state }: HighAvailability): boolean {
  return state === 'unmanaged' || state === 'paused';
}

/** @param source - a running source, or why it does not answer */
export async function judgeHighAvailability(
  config: HighAvailabilityConfig | undefined,
  source: RunningSource | string,
): Promise<HighAvailability> {
  const patroni = config?.patroni;
  if (patroni) {
    return judgePatroni(patroni);
  }
  if (typeof source === 'string') {
    return {
      state: 'unmanaged',
      sentence: `No high-availability manager is configured, and the source does not say who follows it (${source}).`,
    };
  }
  if (source.patroniSessions > 0) {
    return {
      state: 'could-promote',
      sentence: `Patroni manages ${source.member.name} (${source.patroniSessions} of its sessions are there), and would promote a standby or start the source again; set postgresql.highAvailability.patroni.url and pause it ("patronictl pause").`,
    };
  }
  const count = source.standbys.length;
  return {
    state: 'unmanaged',
    sentence:
      count === 0
        ? 'No standby follows, and no high-availability manager is known.'
        : `${count} ${count === 1 ? 'standby follows' : 'standbys follow'}, and no high-availability manager is known: if one is there (repmgr, pg_auto_failover, a cluster manager), pause it by hand, for it could promote a standby meanwhile.`,
  };
}

async function judgePatroni(
  patroni: NonNullable<HighAvailabilityConfig['patroni']>,
): Promise<HighAvailability> {
  const url = `${patroni.url.replace(/\/+$/, '')}/cluster`;
  try {
    const ca = patroni.caFile
      ? await readFile(patroni.caFile, 'utf8')
      : undefined;
    const { pause, scope, members } = clusterSchema.parse(
      JSON.parse(await get(url, ca)),
    );
    const named = `Patroni's cluster ${scope ? `'${scope}' ` : ''}(${members.map(({ name, role }) => `${name}: ${role}`).join(', ') || 'no members'})`;
    return pause === true
      ? {
          state: 'paused',
          sentence: `${named} is paused; it promotes nobody by itself.`,
        }
      : {
          state: 'could-promote',
          sentence: `${named} is not paused: it would promote a standby, or start the source again; pause it first with "patronictl pause".`,
        };
  } catch (error) {
    return {
      state: 'unknown',
      sentence: `Patroni did not say at ${url} whether it is paused: ${toError(error).message.split('\n')[0]}.`,
    };
  }
}

async function get(url: string, ca: string | undefined): Promise<string> {
  return new Promise((resolve, reject) => {
    const send = url.startsWith('https:') ? httpsRequest : httpRequest;
    const request = send(
      url,
      { ca, timeout: TIMEOUT_MILLISECONDS },
      response => {
        const parts: Buffer[] = [];
        let bytes = 0;
        response.on('data', (part: Buffer) => {
          bytes += part.length;
          if (bytes > LARGEST_ANSWER_BYTES) {
            request.destroy(new Error('its answer is too long'));
          }
          parts.push(part);
        });
        response.on('error', reject);
        response.on('end', () =>
          response.statusCode === 200
            ? resolve(Buffer.concat(parts).toString('utf8'))
            : reject(new Error(`it answered ${response.statusCode}`)),
        );
      },
    );
    request.on('timeout', () =>
      request.destroy(
        new Error(`no answer within ${TIMEOUT_MILLISECONDS / 1000} s`),
      ),
    );
    request.on('error', reject);
    request.end();
  });
}
