import { Database } from 'backstage-plugin-database-ops-common';
import { OptionDialog } from '../operations/OptionDialog';

/** Starts a verification of one of the depths that the engine offers. */
export function VerifyDialog(props: {
  database: Database;
  onClose: () => void;
}) {
  const { database } = props;
  return (
    <OptionDialog
      {...props}
      inRepository
      kind="verify"
      parameter="depth"
      title={`Verify ${database.id}`}
      legend="How deep"
      button="Start verification"
      options={database.capabilities?.verificationDepths ?? []}
    />
  );
}
