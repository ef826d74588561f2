import { Theme, useTheme } from '@material-ui/core/styles';
import { RecoveryInterval } from 'backstage-plugin-database-ops-common';

type Kind = RecoveryInterval['kind'];

export interface SpanLook {
  readonly stroke: string;
  /** Of a word that stands on it. */
  readonly ink: string;
  /** Around a word, where the pattern would run through it. */
  readonly halo?: string;
}

/** Blue and orange keep apart for nearly every eye, and 3:1 against a card. */
const COLORS = {
  light: { held: '#1f5493', gap: '#b3441c', onHeld: '#ffffff' },
  dark: { held: '#9cc9ff', gap: '#ffa680', onHeld: '#12283f' },
};

export const SPAN_PATTERN_HEIGHT = 8;

/** How a kind of span is drawn, light and dark. */
export function useSpanLook(kind: Kind): SpanLook {
  const theme = useTheme<Theme>();
  const { held, gap, onHeld } = COLORS[theme.palette.type];
  if (kind === 'proved') {
    return { stroke: held, ink: onHeld };
  }
  return {
    stroke: kind === 'gap' ? gap : held,
    ink: theme.palette.text.primary,
    halo: theme.palette.background.paper,
  };
}

/** Full for proved, stripes for claimed, crosses for gaps: told apart without colour. */
export function SpanPatterns(props: { id: string; height: number }) {
  const { id, height } = props;
  const proved = useSpanLook('proved').stroke;
  const gap = useSpanLook('gap').stroke;
  const tile = {
    width: height,
    height,
    patternUnits: 'userSpaceOnUse',
  } as const;
  return (
    <defs>
      <pattern id={`${id}-proved`} {...tile}>
        <rect width={height} height={height} fill={proved} />
      </pattern>
      <pattern id={`${id}-claimed`} {...tile}>
        <rect width={height} height={height} fill={proved} fillOpacity={0.12} />
        <path
          d={`M0 ${height} L${height} 0`}
          stroke={proved}
          strokeWidth={1.5}
        />
      </pattern>
      <pattern id={`${id}-gap`} {...tile}>
        <path
          d={`M1.5 1.5 L${height - 1.5} ${height - 1.5} M1.5 ${height - 1.5} L${height - 1.5} 1.5`}
          stroke={gap}
          strokeWidth={1.2}
        />
      </pattern>
    </defs>
  );
}
