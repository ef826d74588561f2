import { ReactNode } from 'react';
import { InfoCard } from '@backstage/core-components';
import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Policy } from 'backstage-plugin-database-ops-common';
import { People } from '../approvals/SecondPerson';
import { DatabaseLink } from '../fleet/DatabaseLink';
import { formatIsoDuration } from '../time/format';
import { PolicyScheduleItem } from './PolicyScheduleItem';
import { blackoutWords, retryWords, timeoutWords } from './words';

const useStyles = makeStyles(theme => ({
  facts: {
    margin: theme.spacing(2, 0, 0),
    '& dt': {
      color: theme.palette.text.secondary,
      marginTop: theme.spacing(1),
    },
    '& dd': { margin: 0 },
    '& ul': { margin: 0, paddingLeft: theme.spacing(3) },
  },
  where: {
    display: 'flex',
    flexWrap: 'wrap',
    alignItems: 'baseline',
    gap: theme.spacing(0, 1),
  },
}));

function Fact(props: { name: string; children: ReactNode }) {
  return (
    <>
      <dt>{props.name}</dt>
      <dd>{props.children}</dd>
    </>
  );
}

function Where(props: {
  policy: Policy;
  onRetention: (databaseId: string) => void;
}) {
  const { policy, onRetention } = props;
  const classes = useStyles();
  if (policy.databaseIds.length === 0) {
    return <>no database</>;
  }
  return (
    <ul>
      {policy.databaseIds.map(id => (
        <li key={id}>
          <span className={classes.where}>
            <DatabaseLink databaseId={id} amongWords />
            {policy.overriddenBy?.includes(id) && 'overrides a part of it'}
            <Button
              size="small"
              color="primary"
              aria-label={`Retention of ${id}`}
              onClick={() => onRetention(id)}
            >
              Retention
            </Button>
          </span>
        </li>
      ))}
    </ul>
  );
}

/** A policy read aloud, and everything that it says. */
export function PolicyCard(props: {
  policy: Policy;
  onRetention: (databaseId: string) => void;
}) {
  const classes = useStyles();
  const { policy } = props;
  const retries = retryWords(policy);
  const timeouts = timeoutWords(policy);
  return (
    <InfoCard
      title={policy.name}
      subheader={policy.shipped ? 'Shipped with the plugin' : undefined}
      variant="gridItem"
      titleTypographyProps={{ variant: 'h5', component: 'h2' }}
    >
      <Typography variant="body1" paragraph>
        {policy.sentence}
      </Typography>
      <Typography variant="body2" color="textSecondary">
        {policy.rpo
          ? `RPO ${formatIsoDuration(policy.rpo)}`
          : 'No RPO promised'}
        {policy.rto && ` · RTO ${formatIsoDuration(policy.rto)}`}
      </Typography>
      <Typography variant="body2" component="dl" className={classes.facts}>
        <Fact name="Applies to">
          <Where policy={policy} onRetention={props.onRetention} />
        </Fact>
        {policy.schedules.length > 0 && (
          <Fact name="Schedules">
            <ul aria-label="Schedules">
              {policy.schedules.map(schedule => (
                <PolicyScheduleItem
                  key={`${schedule.databaseId}/${schedule.name}`}
                  schedule={schedule}
                />
              ))}
            </ul>
          </Fact>
        )}
        {policy.blackouts && policy.blackouts.length > 0 && (
          <Fact name="Blackouts">
            <ul>
              {policy.blackouts.map(blackout => (
                <li key={blackoutWords(blackout)}>{blackoutWords(blackout)}</li>
              ))}
            </ul>
          </Fact>
        )}
        {policy.retentionSentence && (
          <Fact name="Retention">{policy.retentionSentence}</Fact>
        )}
        {policy.approvals && policy.approvals.length > 0 && (
          <Fact name="A second person">
            <ul>
              {policy.approvals.map(rule => (
                <li key={`${rule.kinds.join()} ${rule.modes?.join()}`}>
                  for {rule.kinds.join(', ')}
                  {rule.modes && ` (${rule.modes.join(', ')} only)`}:{' '}
                  <People refs={rule.approvers} />, within{' '}
                  {formatIsoDuration(rule.expiresAfter)}
                  {rule.emergency && rule.emergency.length > 0 && (
                    <>
                      ; in an emergency <People refs={rule.emergency} /> alone
                    </>
                  )}
                </li>
              ))}
            </ul>
          </Fact>
        )}
        {policy.notifications && policy.notifications.length > 0 && (
          <Fact name="Notifies">
            <ul>
              {policy.notifications.map(({ events, recipients }) => (
                <li key={events.join()}>
                  of {events.join(', ')}: {recipients.join(', ')}
                </li>
              ))}
            </ul>
          </Fact>
        )}
        {retries && <Fact name="Tries again">{retries}</Fact>}
        {timeouts && <Fact name="Gives up">{timeouts}</Fact>}
      </Typography>
    </InfoCard>
  );
}
