import { makeStyles, Theme, useTheme } from '@material-ui/core/styles';
import { Panel, PanelData } from 'backstage-plugin-database-ops-common';
import { SCROLLABLE } from '../layout/scrollable';
import { formatValue } from '../units/format';
import { factsOf } from './series';
import { seriesLook } from './seriesLook';

const useStyles = makeStyles(theme => ({
  box: { maxHeight: 96, overflowY: 'auto' },
  table: {
    width: '100%',
    borderCollapse: 'collapse',
    fontSize: '0.75rem',
    '& th, & td': { padding: theme.spacing(0.25, 0.5), textAlign: 'right' },
    '& th:first-child': { textAlign: 'left', overflowWrap: 'anywhere' },
    '& th': { fontWeight: 400 },
    '& thead th': { color: theme.palette.text.secondary },
  },
  line: { verticalAlign: 'middle', marginRight: theme.spacing(0.5) },
}));

/** The legend of a chart, which is also its table of numbers. */
export function Legend(props: { panel: Panel; data: PanelData }) {
  const classes = useStyles();
  const theme = useTheme<Theme>();
  const { panel, data } = props;
  const words = (value: number | undefined) =>
    value === undefined ? '–' : formatValue(value, panel.unit, panel.decimals);
  return (
    <div
      className={classes.box}
      {...SCROLLABLE}
      role="group"
      aria-label={`Numbers of ${panel.title}`}
    >
      <table className={classes.table} aria-label={panel.title}>
        <thead>
          <tr>
            <th scope="col">Series</th>
            <th scope="col">Last</th>
            <th scope="col">Min</th>
            <th scope="col">Max</th>
          </tr>
        </thead>
        <tbody>
          {data.series.map(factsOf).map((facts, index) => {
            const { color, dash } = seriesLook(
              index,
              theme.palette.type === 'dark',
            );
            return (
              <tr key={facts.name}>
                <th scope="row">
                  <svg
                    aria-hidden
                    className={classes.line}
                    width="24"
                    height="6"
                  >
                    <line
                      x1="0"
                      y1="3"
                      x2="24"
                      y2="3"
                      stroke={color}
                      strokeWidth="2"
                      strokeDasharray={dash.join(' ') || undefined}
                    />
                  </svg>
                  {facts.name}
                </th>
                <td>{words(facts.last)}</td>
                <td>{words(facts.minimum)}</td>
                <td>{words(facts.maximum)}</td>
              </tr>
            );
          })}
        </tbody>
      </table>
    </div>
  );
}
