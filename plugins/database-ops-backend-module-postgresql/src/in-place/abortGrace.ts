import { JsonObject } from '@backstage/types';
import { OperationKind } from 'backstage-plugin-database-ops-common';
import { PostgresqlConfig } from '../config';
import { DEFAULT_TIMEOUT_SECONDS } from './SourceServer';

/** For a server that is still stopping, and for moving data directories. */
const MARGIN_SECONDS = 120;

/** A cancelled restore onto the source puts that back: a start has to end. */
export function abortGraceSeconds(
  { inPlace }: Pick<PostgresqlConfig, 'inPlace'>,
  {
    kind,
    parameters,
  }: { readonly kind: OperationKind; readonly parameters: JsonObject },
): number {
  return (kind === 'restore' || kind === 'discard') &&
    parameters.mode === 'in-place'
    ? (inPlace?.timeoutSeconds ?? DEFAULT_TIMEOUT_SECONDS) + MARGIN_SECONDS
    : 0;
}
