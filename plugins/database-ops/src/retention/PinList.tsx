import { useState } from 'react';
import { useApi } from '@backstage/core-plugin-api';
import { isError } from '@backstage/errors';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Pin } from 'backstage-plugin-database-ops-common';
import { databaseOpsApiRef } from '../api/DatabaseOpsApi';
import { isSecondPersonWanted, sentenceOf } from '../api/errors';
import { ActionButton } from '../layout/ActionButton';
import { EmptyNote } from '../layout/notes';
import { SubmitDialog } from '../layout/SubmitDialog';
import { Actor } from '../operations/Actor';
import { StatusLabel } from '../status/StatusLabel';
import { Age, When } from '../time/When';

const useStyles = makeStyles(theme => ({
  list: { listStyle: 'none', padding: 0, margin: 0 },
  item: {
    display: 'flex',
    flexWrap: 'wrap',
    justifyContent: 'space-between',
    gap: theme.spacing(1),
    padding: theme.spacing(0.75, 0),
  },
}));

function EndPinDialog(props: {
  pin: Pin;
  onClose: () => void;
  onEnded: () => void;
}) {
  const { pin } = props;
  const api = useApi(databaseOpsApiRef);
  const [wanted, setWanted] = useState<string>();
  const submit = async () => {
    try {
      await api.deletePin(pin.databaseId, pin.id);
      props.onEnded();
    } catch (error) {
      if (!isError(error) || !isSecondPersonWanted(error)) {
        throw error;
      }
      setWanted(sentenceOf(error));
    }
  };
  return (
    <SubmitDialog
      title={`End the pin of ${pin.backupId}?`}
      onClose={props.onClose}
      closeLabel={wanted ? 'Close' : 'Keep it'}
      button={{ label: 'End the pin', busyLabel: 'Ending' }}
      ready={!wanted}
      submit={submit}
      failed="the end of the pin"
    >
      <Typography variant="body2">
        It was kept because: {pin.reason}. Once the pin has ended, retention
        decides about {pin.backupId} as about every other backup.
      </Typography>
      {wanted && (
        <Typography variant="body2" component="div" role="status">
          <StatusLabel
            look="waiting"
            word="Your wish is written down; somebody else has to end it too"
          />
          <div>{wanted}</div>
        </Typography>
      )}
    </SubmitDialog>
  );
}

/** What is kept by hand, and until when. */
export function PinList(props: {
  pins: readonly Pin[];
  /** Why the viewer cannot end one; absent when they can. */
  whyNot?: string;
  onEnded: () => void;
}) {
  const classes = useStyles();
  const [ending, setEnding] = useState<Pin>();
  const held = props.pins.filter(({ endedAt }) => !endedAt);
  if (held.length === 0) {
    return (
      <EmptyNote>
        None. Pin a backup, and it is kept until the pin ends.
      </EmptyNote>
    );
  }
  return (
    <>
      <ul className={classes.list} aria-label="Pins">
        {held.map(pin => (
          <Typography
            key={pin.id}
            variant="body2"
            component="li"
            className={classes.item}
          >
            <span>
              <strong>{pin.backupId}</strong>
              {pin.legalHold && ', legal hold'}: {pin.reason} (
              <Actor actor={pin.createdBy} />, <Age at={pin.createdAt} />
              {pin.until ? (
                <>
                  , until <When at={pin.until} />
                </>
              ) : (
                ', without end'
              )}
              )
            </span>
            <ActionButton
              size="small"
              aria-label={`End the pin of ${pin.backupId}`}
              disabledReason={props.whyNot}
              onClick={() => setEnding(pin)}
            >
              End…
            </ActionButton>
          </Typography>
        ))}
      </ul>
      {ending && (
        <EndPinDialog
          pin={ending}
          onClose={() => setEnding(undefined)}
          onEnded={() => {
            setEnding(undefined);
            props.onEnded();
          }}
        />
      )}
    </>
  );
}
