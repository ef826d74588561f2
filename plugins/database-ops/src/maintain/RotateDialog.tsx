import { Database } from 'backstage-plugin-database-ops-common';
import { OptionDialog } from '../operations/OptionDialog';

/** Renews one of the credentials with which the tool itself signs in. */
export function RotateDialog(props: {
  database: Database;
  onClose: () => void;
}) {
  const { database } = props;
  return (
    <OptionDialog
      {...props}
      kind="rotate"
      parameter="role"
      title={`Rotate a credential of ${database.id}`}
      legend="Which"
      button="Start rotation"
      options={database.capabilities?.rotations ?? []}
    />
  );
}
