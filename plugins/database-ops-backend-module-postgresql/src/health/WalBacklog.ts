import { statfs } from 'node:fs/promises';
import { join } from 'node:path';
import { toError } from '@backstage/errors';
import { Signal } from 'backstage-plugin-database-ops-common';
import {
  okSignal,
  signalOf,
  unknownSignal,
  warningSignal,
} from 'backstage-plugin-database-ops-node';
import { Ask, firstRow } from './answers';
import { isThisHost } from './diskSignal';
import { Answer, ArchiverRow, MemberState, PrimaryFindings } from './findings';
import { formatBytes, formatSeconds } from './format';
import { Limits } from './Limits';

/** Fewer wait now and then under load, without anything being wrong. */
const PILING_SEGMENTS = 3;
/** Long enough to even out checkpoints, short enough to see a load that has begun. */
const WINDOW_MS = 15 * 60_000;
/** A segment that was switched just then would count for much within less. */
const SHORTEST_WINDOW_MS = 20_000;

/** Size of the WAL folder; `pg_monitor` may ask. */
export const WAL_FOLDER = `SELECT coalesce(sum(size), 0)::float8 AS bytes FROM pg_ls_waldir()`;

interface Sample {
  readonly atMs: number;
  readonly bytes: number;
}

/** What a backlog is judged by, beside what the primary said. */
export interface BacklogQuestion {
  readonly about: PrimaryFindings;
  readonly state: MemberState;
  readonly ask: Ask;
  /** Ids of repositories that do not answer now. */
  readonly unreachable: () => Promise<readonly string[]>;
}

/**
 * How long the primary can go on while its WAL does not leave. Archiving fails
 * as a whole while one repository is away, and PostgreSQL keeps every segment
 * until it succeeds.
 */
export class WalBacklog {
  readonly #limits: Limits;
  readonly #volumeBytes: number | undefined;
  readonly #now: () => number;
  #samples: readonly Sample[] = [];

  /** @param volumeBytes - of a volume that holds the WAL folder alone, as configured */
  constructor(
    limits: Limits,
    volumeBytes: number | undefined,
    now: () => number = Date.now,
  ) {
    this.#limits = limits;
    this.#volumeBytes = volumeBytes;
    this.#now = now;
  }

  async signals(question: BacklogQuestion): Promise<readonly Signal[]> {
    const { member, archiver, archiveStatus } = question.about;
    if (!archiver.ok || !archiveStatus.ok) {
      const failed = [archiver, archiveStatus].find(each => !each.ok);
      return [
        this.unknown(
          `${member.name}: ${failed && !failed.ok ? failed.reason : 'no answer'}`,
        ),
      ];
    }
    this.#sample(archiver.value);
    if (archiver.value.archive_mode === 'off') {
      return [];
    }
    const { ready } = archiveStatus.value;
    const facts = { ...this.#limits.facts('wal-backlog'), member: member.name };
    if (ready < PILING_SEGMENTS) {
      return [
        okSignal({
          ...facts,
          sentence: `WAL of ${member.name} leaves for the archive; none piles up.`,
        }),
      ];
    }
    const because = causeOf(await question.unreachable());
    const waiting = `${ready} WAL segments (${formatBytes(ready * archiver.value.segment_bytes)}) wait on ${member.name}${because}`;
    const [free, rate] = [await this.#free(question), this.#rate()];
    if (!free.ok || rate === undefined) {
      return [
        warningSignal({
          ...facts,
          sentence: `${waiting} How long its disk lasts is not known: ${free.ok ? 'the rate of WAL is measured from the next check on' : free.reason}.`,
        }),
      ];
    }
    if (rate.bytesPerSecond <= 0) {
      return [
        warningSignal({
          ...facts,
          sentence: `${waiting} Nothing was written for ${formatSeconds(rate.seconds)}, so its disk (${formatBytes(free.value.bytes)} free) does not fill up now.`,
        }),
      ];
    }
    const hours = Math.max(0, free.value.bytes / rate.bytesPerSecond / 3600);
    return [
      signalOf(this.#limits.status('wal-backlog', hours), {
        ...facts,
        value: Math.round(hours * 100) / 100,
        sentence: `${waiting} At ${formatBytes(rate.bytesPerSecond * 60)}/min (measured over ${formatSeconds(rate.seconds)}) the ${formatBytes(free.value.bytes)} that are free ${free.value.where} last ${formatHours(hours)}; then ${member.name} stops.`,
      }),
    ];
  }

  unknown(reason: string): Signal {
    const facts = this.#limits.facts('wal-backlog');
    return unknownSignal({
      ...facts,
      sentence: `'${facts.title}' is not known: ${reason}.`,
    });
  }

  #sample({ current_bytes: bytes }: ArchiverRow): void {
    const atMs = this.#now();
    const last = this.#samples.at(-1);
    // A position that went back is another server's, or another history.
    const kept = last && last.bytes > bytes ? [] : this.#samples;
    this.#samples = [
      ...kept.filter(sample => atMs - sample.atMs <= WINDOW_MS),
      { atMs, bytes },
    ];
  }

  #rate():
    { readonly bytesPerSecond: number; readonly seconds: number } | undefined {
    const [first] = this.#samples;
    const last = this.#samples.at(-1);
    if (!first || !last || last.atMs - first.atMs < SHORTEST_WINDOW_MS) {
      return undefined;
    }
    const seconds = (last.atMs - first.atMs) / 1000;
    return { seconds, bytesPerSecond: (last.bytes - first.bytes) / seconds };
  }

  async #free({
    about,
    state,
    ask,
  }: BacklogQuestion): Promise<
    Answer<{ readonly bytes: number; readonly where: string }>
  > {
    if (this.#volumeBytes !== undefined) {
      const used = firstRow(await ask<{ readonly bytes: number }>(WAL_FOLDER));
      return used.ok
        ? {
            ok: true,
            value: {
              bytes: Math.max(0, this.#volumeBytes - used.value.bytes),
              where: `of the ${formatBytes(this.#volumeBytes)} configured for WAL`,
            },
          }
        : used;
    }
    if (!isThisHost(about.member.host) || !state.data_directory) {
      return {
        ok: false,
        reason: `SQL does not tell what is free on the host of ${about.member.name}; set postgresql.walVolumeBytes where WAL has a volume of its own`,
      };
    }
    const folder = join(state.data_directory, 'pg_wal');
    try {
      const { bavail, bsize } = await statfs(folder);
      return {
        ok: true,
        value: { bytes: bavail * bsize, where: `on the disk of ${folder}` },
      };
    } catch (error) {
      return { ok: false, reason: toError(error).message };
    }
  }
}

function causeOf(repositoryIds: readonly string[]): string {
  if (repositoryIds.length === 0) {
    return '; every repository answers from here, so read its log for what archive_command says.';
  }
  const names = repositoryIds.map(id => `'${id}'`).join(' and ');
  return `, for repository ${names} ${repositoryIds.length === 1 ? 'does' : 'do'} not answer: archiving fails as a whole while one is away.`;
}

function formatHours(hours: number): string {
  return hours >= 1 ? `${hours.toFixed(1)} h` : formatSeconds(hours * 3600);
}
