import { useState } from 'react';
import Typography from '@material-ui/core/Typography';
import {
  BackupType,
  Database,
  OperationKind,
} from 'backstage-plugin-database-ops-common';
import { Choices } from '../layout/Choices';
import { RepositoryChoice, repositoriesOf } from '../layout/RepositoryChoice';
import {
  draftOf,
  fieldsOf,
  ParameterDraft,
  parametersOf,
  problemOf,
} from '../parameters/fields';
import { ParameterFields } from '../parameters/ParameterFields';
import { StartDialog } from './StartDialog';

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
  /** It concerns one of the database's repositories. */
  readonly inRepository?: boolean;
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
  const chosen: unknown = given[parameter];
  const [optionId, setOptionId] = useState(
    typeof chosen === 'string' ? chosen : (options[0]?.id ?? ''),
  );
  const option =
    options.find(candidate => candidate.id === optionId) ?? options[0];
  const fields = fieldsOf(option?.parameters, [parameter, 'repositoryId']);
  const [first] = props.inRepository ? repositoriesOf(database) : [];
  const [repositoryId, setRepositoryId] = useState(
    typeof given.repositoryId === 'string' ? given.repositoryId : first,
  );
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
        parameters: {
          ...parametersOf(fields, draft),
          ...(repositoryId ? { repositoryId } : {}),
          [parameter]: optionId,
        },
      }}
    >
      {options.length === 1 && (
        <Typography variant="body2">
          <strong>{options[0].title}.</strong> {options[0].description}
        </Typography>
      )}
      {options.length > 1 && (
        <Choices
          legend={props.legend}
          choices={options}
          chosen={optionId}
          onChoose={id => {
            setOptionId(id);
            setChanged({});
          }}
        />
      )}
      {repositoryId && (
        <RepositoryChoice
          database={database}
          repositoryId={repositoryId}
          onChange={setRepositoryId}
        />
      )}
      <ParameterFields fields={fields} draft={draft} onChange={setChanged} />
    </StartDialog>
  );
}
