import Button from '@material-ui/core/Button';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { HealthReport } from 'backstage-plugin-database-ops-common';
import { LiveCard } from '../layout/LiveCard';
import { SideDrawer } from '../layout/SideDrawer';
import { useShown } from '../layout/useShown';
import { Live } from '../live/useLive';
import { formatSeconds } from '../time/format';
import { useNow } from '../time/useNow';
import { Age } from '../time/When';
import { SignalLine } from './SignalLine';
import { SignalTable } from './SignalTable';
import { countsSentence, isStale, worstFirst } from './signals';
import { OUT_OF_DATE } from '../layout/outOfDate';

const SHOWN_SIGNALS = 4;

const useStyles = makeStyles(theme => ({
  list: { listStyle: 'none', padding: 0, margin: theme.spacing(1, 0) },
  stale: OUT_OF_DATE,
}));

/** A database's signals: counts, the worst first, all of them in a drawer. */
export function HealthCard(props: {
  databaseId: string;
  health: Live<HealthReport>;
}) {
  const classes = useStyles();
  const drawer = useShown('signals');
  const now = useNow();
  return (
    <LiveCard
      title="Health"
      live={props.health}
      what={`the health of ${props.databaseId}`}
      lines={7}
    >
      {report => {
        const stale = isStale(report, now);
        return (
          <>
            <Typography variant="body1">
              {countsSentence(report.counts)}
            </Typography>
            <Typography variant="body2" color="textSecondary">
              Checked <Age at={report.observedAt} />
              {stale &&
                `, should be every ${formatSeconds(report.intervalSeconds)}. Look at the log of the portal's backend`}
              .
            </Typography>
            <ul className={`${classes.list} ${stale ? classes.stale : ''}`}>
              {worstFirst(report.signals)
                .slice(0, SHOWN_SIGNALS)
                .map(signal => (
                  <SignalLine key={signal.id} signal={signal} />
                ))}
            </ul>
            <Button size="small" color="primary" onClick={drawer.show}>
              All {report.signals.length} signals
            </Button>
            <SideDrawer
              title={`Signals of ${props.databaseId}`}
              open={drawer.shown}
              onClose={drawer.hide}
            >
              <SignalTable signals={worstFirst(report.signals)} />
            </SideDrawer>
          </>
        );
      }}
    </LiveCard>
  );
}
