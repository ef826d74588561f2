import { makeStyles } from '@material-ui/core/styles';
import { MarkShape } from './words';

const PATHS: Record<Exclude<MarkShape, 'circle'>, string> = {
  triangle: 'M-7 -7 H7 L0 7 Z',
  diamond: 'M0 -6 L5 0 L0 6 L-5 0 Z',
  tick: 'M-1.25 -4 H1.25 V6 H-1.25 Z',
};

const useStyles = makeStyles(theme => ({
  mark: { fill: theme.palette.text.primary },
}));

/** A backup on the time line; its type is its shape. */
export function Mark(props: {
  shape: MarkShape;
  x: string | number;
  y: number;
  title?: string;
}) {
  const { shape, title } = props;
  const classes = useStyles();
  return (
    <svg x={props.x} y={props.y} overflow="visible">
      <g className={classes.mark}>
        {title && <title>{title}</title>}
        {shape === 'circle' ? <circle r={4} /> : <path d={PATHS[shape]} />}
      </g>
    </svg>
  );
}
