import { useState } from 'react';
import Button from '@material-ui/core/Button';
import { makeStyles } from '@material-ui/core/styles';
import {
  Database,
  RestoredInstance,
} from 'backstage-plugin-database-ops-common';
import { ActionButton } from '../layout/ActionButton';
import { useShown } from '../layout/useShown';
import { reasonAgainst } from '../operations/reasons';
import { AdvanceDialog } from './AdvanceDialog';
import { DiscardDialog } from './DiscardDialog';
import { GiveUpDialog } from './GiveUpDialog';
import { ConfirmInPlaceDialog, RollBackDialog } from './InPlaceDialogs';
import { LookDrawer } from './LookDrawer';
import { PromoteDialog } from './PromoteDialog';
import { isInPlace, isOpen, mayBePromoted, offers } from './states';

const useStyles = makeStyles(theme => ({
  actions: {
    display: 'flex',
    flexWrap: 'wrap',
    gap: theme.spacing(0.5),
    marginTop: theme.spacing(0.5),
  },
  // What removes something does not stand beside what does not.
  discard: { marginLeft: 'auto' },
}));

/** What can be done with a restored instance that somebody has to decide about. */
export function InstanceActions(props: {
  database: Database;
  instance: RestoredInstance;
  onChanged: () => void;
}) {
  const { database, instance } = props;
  const classes = useStyles();
  const look = useShown(`instance-${instance.id}`);
  const [asking, setAsking] = useState<
    'advance' | 'promote' | 'discard' | 'giveUp'
  >();
  const onClose = () => setAsking(undefined);
  const inPlace = isInPlace(instance);
  const Promote = inPlace ? ConfirmInPlaceDialog : PromoteDialog;
  const whyNotAdvance =
    instance.state === 'paused'
      ? reasonAgainst(database, 'advance')
      : `Only a paused instance can move; this one is ${instance.state}.`;
  return (
    <>
      <div className={classes.actions}>
        {isOpen(instance) && (
          <Button
            size="small"
            color="primary"
            aria-label={`Look into restored instance ${instance.id}`}
            onClick={look.show}
          >
            Look
          </Button>
        )}
        {offers(database, 'advance') && isOpen(instance) && !inPlace && (
          <ActionButton
            size="small"
            color="primary"
            aria-label={`Move restored instance ${instance.id} forward`}
            disabledReason={whyNotAdvance}
            onClick={() => setAsking('advance')}
          >
            Move forward…
          </ActionButton>
        )}
        {offers(database, 'promote') && mayBePromoted(instance) && (
          <ActionButton
            size="small"
            color="primary"
            aria-label={`${inPlace ? 'Confirm' : 'Promote'} restored instance ${instance.id}`}
            disabledReason={reasonAgainst(database, 'promote')}
            onClick={() => setAsking('promote')}
          >
            {inPlace ? 'Confirm…' : 'Promote…'}
          </ActionButton>
        )}
        <ActionButton
          size="small"
          className={classes.discard}
          aria-label={`${inPlace ? 'Roll back' : 'Discard'} restored instance ${instance.id}`}
          disabledReason={reasonAgainst(database, 'discard')}
          onClick={() => setAsking('discard')}
        >
          {inPlace ? 'Roll back…' : 'Discard…'}
        </ActionButton>
        {instance.state === 'lost' && (
          <ActionButton
            size="small"
            aria-label={`Give up restored instance ${instance.id}`}
            disabledReason={reasonAgainst(database, 'discard')}
            onClick={() => setAsking('giveUp')}
          >
            Give up…
          </ActionButton>
        )}
      </div>
      <LookDrawer
        database={database}
        instance={instance}
        open={look.shown}
        onClose={look.hide}
      />
      {asking === 'advance' && (
        <AdvanceDialog
          database={database}
          instance={instance}
          onClose={onClose}
        />
      )}
      {asking === 'promote' && (
        <Promote database={database} instance={instance} onClose={onClose} />
      )}
      {asking === 'giveUp' && (
        <GiveUpDialog
          database={database}
          instance={instance}
          onClose={onClose}
          onGivenUp={() => {
            onClose();
            props.onChanged();
          }}
        />
      )}
      {asking === 'discard' && inPlace && (
        <RollBackDialog
          database={database}
          instance={instance}
          onClose={onClose}
        />
      )}
      {asking === 'discard' && !inPlace && (
        <DiscardDialog
          databaseId={database.id}
          restoredInstanceId={instance.id}
          directory={instance.directory}
          onClose={onClose}
        />
      )}
    </>
  );
}
