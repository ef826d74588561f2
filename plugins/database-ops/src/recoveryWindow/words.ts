import {
  BackupType,
  RecoveryInterval,
} from 'backstage-plugin-database-ops-common';
import { formatExact, formatSeconds } from '../time/format';
import { Lane, Span } from './lanes';

export const SPAN_WORDS: Record<
  RecoveryInterval['kind'],
  { readonly word: string; readonly meaning: string }
> = {
  proved: { word: 'Proved', meaning: 'a verification restored it' },
  claimed: { word: 'Claimed', meaning: 'the repository says so' },
  gap: { word: 'Gap', meaning: 'cannot be restored' },
};

/** A mark's shape: the first type of an engine is the largest, then smaller ones. */
export type MarkShape = 'triangle' | 'diamond' | 'tick' | 'circle';

const SHAPES: readonly MarkShape[] = ['triangle', 'diamond', 'tick'];

/** How backups of a type are marked, by the engine's own order of types. */
export function shapeOf(type: string, types: readonly BackupType[]): MarkShape {
  const index = types.findIndex(candidate => candidate.id === type);
  return SHAPES[index] ?? 'circle';
}

/** A span as a sentence, for titles and lists. */
export function spanSentence(span: Span): string {
  const { word } = SPAN_WORDS[span.kind];
  const from = formatExact(new Date(span.fromMs).toISOString());
  const to = formatExact(new Date(span.toMs).toISOString());
  const held = span.repositoryId ? `, in ${span.repositoryId}` : '';
  const away = span.unreachable ? ', which does not answer now' : '';
  const where = span.fromMs === span.toMs ? from : `${from} to ${to}`;
  return `${word}: ${where}${held}${away}${span.reason ? `. ${span.reason}` : ''}`;
}

/** How much of the window is of which kind, in words. */
export function summaryOf(lanes: readonly Lane[]): string {
  const totals = { proved: 0, claimed: 0, gap: 0 };
  const counts = { proved: 0, claimed: 0, gap: 0 };
  for (const span of lanes.flatMap(lane => lane.spans)) {
    totals[span.kind] += (span.toMs - span.fromMs) / 1000;
    counts[span.kind] += 1;
  }
  const kinds = (['proved', 'claimed', 'gap'] as const).filter(
    kind => counts[kind] > 0,
  );
  const parts = kinds.map(kind => {
    const { word } = SPAN_WORDS[kind];
    const many = kind === 'gap' ? ` in ${counts[kind]}` : '';
    return `${word.toLowerCase()} ${formatSeconds(totals[kind])}${many}`;
  });
  const timelines = new Set(lanes.map(({ timeline }) => timeline)).size;
  const branches = timelines > 1 ? `, on ${timelines} timelines` : '';
  return `Recovery window: ${parts.join(', ')}${branches}.`;
}
