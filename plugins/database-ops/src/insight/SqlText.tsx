import { makeStyles } from '@material-ui/core/styles';

/** Longer ones are folded: a list stays one that can be looked over. */
const SHOWN_CHARACTERS = 140;

const useStyles = makeStyles({
  code: { overflowWrap: 'anywhere', whiteSpace: 'pre-wrap' },
  folded: { '& summary': { cursor: 'pointer' } },
});

/** A normalised statement; a long one opens in place. */
export function SqlText(props: { text: string }) {
  const classes = useStyles();
  const line = props.text.replace(/\s+/g, ' ').trim();
  if (line.length <= SHOWN_CHARACTERS) {
    return <code className={classes.code}>{line}</code>;
  }
  return (
    <details className={classes.folded}>
      <summary>
        <code className={classes.code}>{line.slice(0, SHOWN_CHARACTERS)}…</code>
      </summary>
      <code className={classes.code}>{props.text}</code>
    </details>
  );
}
