import { useState } from 'react';
import FormControl from '@material-ui/core/FormControl';
import FormControlLabel from '@material-ui/core/FormControlLabel';
import FormHelperText from '@material-ui/core/FormHelperText';
import FormLabel from '@material-ui/core/FormLabel';
import Radio from '@material-ui/core/Radio';
import RadioGroup from '@material-ui/core/RadioGroup';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import {
  BackupType,
  Database,
  OperationKind,
} from 'backstage-plugin-database-ops-common';
import {
  draftOf,
  fieldsOf,
  ParameterDraft,
  parametersOf,
  problemOf,
} from '../parameters/fields';
import { ParameterFields } from '../parameters/ParameterFields';
import { StartDialog } from './StartDialog';

const useStyles = makeStyles(theme => ({
  described: { margin: theme.spacing(-1, 0, 1, 4) },
}));

type Given = Readonly<Record<string, unknown>>;

/** An operation that the engine offers in several ways, with a form for each. */
export interface OptionDialogProps {
  readonly database: Database;
  readonly kind: OperationKind;
  /** The parameter that says which way. */
  readonly parameter: string;
  readonly title: string;
  readonly legend: string;
  readonly button: string;
  readonly options: readonly BackupType[];
  readonly onClose: () => void;
  /** Parameters to begin with. */
  readonly given?: Given;
}

/**
 * Starts an operation in one of the ways that the engine offers; its form comes
 * from the engine's capabilities. Mounted while open only, so that each opening
 * has a fresh form and key.
 */
export function OptionDialog(props: OptionDialogProps) {
  const { database, kind, parameter, options } = props;
  const given = props.given ?? {};
  const classes = useStyles();
  const chosen: unknown = given[parameter];
  const [optionId, setOptionId] = useState(
    typeof chosen === 'string' ? chosen : (options[0]?.id ?? ''),
  );
  const option =
    options.find(candidate => candidate.id === optionId) ?? options[0];
  const fields = fieldsOf(option?.parameters, [parameter]);
  const [changed, setChanged] = useState<ParameterDraft>({});
  const draft = { ...draftOf(fields, given), ...changed };
  const wrong = fields.some(field => problemOf(field, draft[field.name]));

  return (
    <StartDialog
      title={props.title}
      onClose={props.onClose}
      button={{ label: props.button, busyLabel: 'Starting', expected: true }}
      ready={option !== undefined && !wrong}
      request={{
        databaseId: database.id,
        kind,
        parameters: { ...parametersOf(fields, draft), [parameter]: optionId },
      }}
    >
      {options.length === 1 && (
        <Typography variant="body2">
          <strong>{options[0].title}.</strong> {options[0].description}
        </Typography>
      )}
      {options.length > 1 && (
        <FormControl component="fieldset">
          <FormLabel component="legend">{props.legend}</FormLabel>
          <RadioGroup
            value={optionId}
            onChange={event => {
              setOptionId(event.target.value);
              setChanged({});
            }}
          >
            {options.map(({ id, title, description }) => (
              <div key={id}>
                <FormControlLabel
                  value={id}
                  control={<Radio color="primary" />}
                  label={title}
                />
                <FormHelperText className={classes.described}>
                  {description}
                </FormHelperText>
              </div>
            ))}
          </RadioGroup>
        </FormControl>
      )}
      <ParameterFields fields={fields} draft={draft} onChange={setChanged} />
    </StartDialog>
  );
}
