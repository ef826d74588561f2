import { RestoreKind } from 'backstage-plugin-database-ops-common';
import { fieldsOf, ParameterField } from '../parameters/fields';

/** Parameters that have a place of their own in the dialog. */
const OWN_PARAMETERS = [
  'kind',
  'backupId',
  'timeline',
  'expiresAfter',
  'action',
  'mode',
];

/** What a restore kind asks for, by the step that asks. */
export interface RestoreParts {
  /** Picked on the time line. */
  readonly moment?: ParameterField;
  /** Sent with the moment, so that the branch is the picked one. */
  readonly wantsTimeline: boolean;
  readonly wantsBackup: boolean;
  /** Name the target in another way: needed in the first step. */
  readonly when: readonly ParameterField[];
  /** Everything else: asked in the second step. */
  readonly how: readonly ParameterField[];
  /** Whether the restored instance can pause to be looked at, or opens at once. */
  readonly action?: ParameterField;
}

/** Sorts the parameters of a restore kind into the dialog's steps. */
export function partsOf(kind: RestoreKind | undefined): RestoreParts {
  const all = fieldsOf(kind?.parameters);
  const rest = fieldsOf(kind?.parameters, OWN_PARAMETERS);
  const moment = rest.find(field => field.kind === 'moment' && field.required);
  return {
    moment,
    wantsTimeline: all.some(({ name }) => name === 'timeline'),
    wantsBackup:
      kind?.id === 'backup' ||
      all.some(({ name, required }) => name === 'backupId' && required),
    when: rest.filter(field => field.required && field !== moment),
    how: rest.filter(field => !field.required),
    action: all.find(
      ({ name, choices }) =>
        name === 'action' &&
        choices.includes('pause') &&
        choices.includes('open'),
    ),
  };
}
