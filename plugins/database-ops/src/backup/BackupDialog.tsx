import { Database } from 'backstage-plugin-database-ops-common';
import { OptionDialog } from '../operations/OptionDialog';

/** Starts a backup of one of the types that the engine offers. */
export function BackupDialog(props: {
  database: Database;
  onClose: () => void;
}) {
  const { database } = props;
  return (
    <OptionDialog
      {...props}
      inRepository
      kind="backup"
      parameter="type"
      title={`Back up ${database.id}`}
      legend="Type"
      button="Start backup"
      options={database.capabilities?.backupTypes ?? []}
    />
  );
}
