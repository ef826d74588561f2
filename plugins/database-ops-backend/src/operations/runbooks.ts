// Which page helps with a failure. Pages stand in docs/runbooks.
import {
  OperationFailure,
  OperationKind,
} from 'backstage-plugin-database-ops-common';

const RUNBOOKS = '/docs/default/component/database-ops/runbooks';

const BY_CODE: Readonly<Record<string, string>> = {
  timeout: 'OperationStuck',
  stuck: 'OperationStuck',
  'host-silent': 'OperationInterrupted',
  'host-absent': 'OperationInterrupted',
  'not-followed': 'OperationInterrupted',
  'worker-gone': 'OperationInterrupted',
};

const BY_KIND: Partial<Record<OperationKind, string>> = {
  backup: 'BackupFailed',
};

/** The failure with the page that helps; a worker's own choice stands. */
export function withRunbook(
  failure: OperationFailure,
  kind: OperationKind,
): OperationFailure {
  const page =
    BY_CODE[failure.code ?? ''] ?? BY_KIND[kind] ?? 'OperationFailed';
  return { runbookUrl: `${RUNBOOKS}/${page}/`, ...failure };
}
