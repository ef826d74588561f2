import { FormEvent, useState } from 'react';
import { toError } from '@backstage/errors';
import { useApi } from '@backstage/core-plugin-api';
import Button from '@material-ui/core/Button';
import TextField from '@material-ui/core/TextField';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { PolicyPreview } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { ErrorNote } from '../layout/notes';
import { SideDrawer } from '../layout/SideDrawer';
import { PreviewChanges } from './PreviewChanges';
import { readPolicies } from './readPolicies';

const EXAMPLE = `gold:
  objectives: { rpo: PT1H, rto: PT15M }
  schedules:
    daily-full: { kind: backup, type: full, cron: '0 3 * * *' }
  retention: { window: P30D, monthly: 12 }`;

const useStyles = makeStyles(theme => ({
  text: { fontFamily: 'monospace', fontSize: '0.875rem' },
  answer: { marginTop: theme.spacing(2), minHeight: 80 },
}));

function PreviewForm() {
  const classes = useStyles();
  const api = useApi(databaseOpsApiRef);
  const [text, setText] = useState('');
  const [busy, setBusy] = useState(false);
  const [unreadable, setUnreadable] = useState<string>();
  const [error, setError] = useState<Error>();
  const [preview, setPreview] = useState<PolicyPreview>();

  const submit = async (event: FormEvent) => {
    event.preventDefault();
    setPreview(undefined);
    setError(undefined);
    setUnreadable(undefined);
    let policies: Record<string, unknown>;
    try {
      policies = readPolicies(text);
    } catch (caught) {
      setUnreadable(toError(caught).message);
      return;
    }
    setBusy(true);
    try {
      setPreview(await api.previewPolicies(policies));
    } catch (caught) {
      setError(toError(caught));
    }
    setBusy(false);
  };
  return (
    <>
      <Typography variant="body2">
        Paste policies as they would stand in the configuration, in YAML or
        JSON; the others stay as they are. Nothing is changed: the configuration
        is a file of the portal.
      </Typography>
      <form onSubmit={submit} noValidate>
        <TextField
          id="database-ops-policies"
          label="Policies"
          value={text}
          onChange={event => setText(event.target.value)}
          error={unreadable !== undefined}
          helperText={unreadable}
          placeholder={EXAMPLE}
          InputLabelProps={{ shrink: true }}
          InputProps={{ className: classes.text }}
          inputProps={{ spellCheck: false }}
          multiline
          minRows={8}
          maxRows={20}
          fullWidth
          margin="normal"
          variant="outlined"
        />
        <Button
          type="submit"
          variant="contained"
          color="primary"
          disabled={text.trim() === '' || busy}
        >
          {busy ? 'Looking' : 'What would it do?'}
        </Button>
      </form>
      <div className={classes.answer} role="status">
        {error && <ErrorNote error={error} what="what it would do" />}
        {preview && <PreviewChanges preview={preview} />}
      </div>
    </>
  );
}

/** What a change of policies would do, before anybody makes it. */
export function PolicyPreviewDrawer(props: {
  open: boolean;
  onClose: () => void;
}) {
  return (
    <SideDrawer
      title="What would a change do?"
      open={props.open}
      onClose={props.onClose}
    >
      <PreviewForm />
    </SideDrawer>
  );
}
