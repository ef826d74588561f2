import { ReactNode } from 'react';
import Typography from '@material-ui/core/Typography';
import {
  Database,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { SecondPerson } from '../approvals/SecondPerson';
import { BlastRadiusPanel } from '../blastRadius/BlastRadiusPanel';
import { SubmitButton } from '../layout/SubmitDialog';
import { StartDialog } from '../operations/StartDialog';

/** What a person is asked about one restored instance. */
export interface InstanceDialogProps {
  readonly database: Database;
  readonly instance: RestoredInstance;
  readonly onClose: () => void;
}

/**
 * Decides about a restored instance where that touches others: what it means,
 * who depends on it, whether a second person has to approve, the typed name.
 */
export function DecideDialog(
  props: InstanceDialogProps & {
    readonly kind: 'promote' | 'discard';
    readonly title: string;
    readonly closeLabel?: string;
    readonly button: SubmitButton;
    /** What it means, in a sentence or two. */
    readonly children: ReactNode;
  },
) {
  const { database, instance, kind, children, ...rest } = props;
  return (
    <StartDialog
      {...rest}
      request={{
        databaseId: database.id,
        kind,
        parameters: { restoredInstanceId: instance.id },
      }}
      confirmed
    >
      <Typography variant="body2" paragraph>
        {children}
      </Typography>
      <BlastRadiusPanel
        databaseId={database.id}
        of={{ kind, restoredInstanceId: instance.id }}
      />
      <SecondPerson database={database} kind={kind} />
    </StartDialog>
  );
}
