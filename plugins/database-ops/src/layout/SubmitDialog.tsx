import { ReactNode } from 'react';
import Button from '@material-ui/core/Button';
import { ActionDialog } from './ActionDialog';
import { DangerButton } from './DangerButton';
import { ErrorNote } from './notes';
import { useSubmit } from './useSubmit';

/** The button that does what the dialog asks about. */
export interface SubmitButton {
  readonly label: string;
  /** Its label while that is under way. */
  readonly busyLabel: string;
  /** True where it is the expected choice and harms nothing. */
  readonly expected?: boolean;
  /** True where it takes away what somebody uses. */
  readonly danger?: boolean;
}

/**
 * A dialog that does one thing and goes, or says why it could not. Mounted
 * while open only, so that each opening starts afresh.
 */
export function SubmitDialog(props: {
  title: string;
  onClose: () => void;
  closeLabel?: string;
  wide?: boolean;
  button: SubmitButton;
  /** False while something is missing or wrong. */
  ready?: boolean;
  /** Closes the dialog or leaves the page itself when it is done. */
  submit: () => Promise<unknown>;
  /** What was to be recorded, or how its failure is told. */
  failed: string | ((error: Error) => ReactNode);
  children: ReactNode;
}) {
  const { button, ready = true, failed } = props;
  const { busy, error, submit } = useSubmit(props.submit);
  const label = busy ? button.busyLabel : button.label;
  return (
    <ActionDialog
      title={props.title}
      wide={props.wide}
      onClose={props.onClose}
      closeLabel={props.closeLabel}
      onSubmit={() => ready && submit()}
      actions={
        button.danger ? (
          <DangerButton type="submit" disabled={!ready || busy}>
            {label}
          </DangerButton>
        ) : (
          <Button
            type="submit"
            variant={button.expected ? 'contained' : 'outlined'}
            color={button.expected ? 'primary' : 'default'}
            disabled={!ready || busy}
          >
            {label}
          </Button>
        )
      }
    >
      {props.children}
      {error &&
        (typeof failed === 'string' ? (
          <ErrorNote error={error} what={failed} doing />
        ) : (
          failed(error)
        ))}
    </ActionDialog>
  );
}
