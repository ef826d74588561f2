import { StructuredMetadataTable } from '@backstage/core-components';
import Typography from '@material-ui/core/Typography';
import { makeStyles } from '@material-ui/core/styles';
import { Approval } from 'backstage-plugin-database-ops-common';
import { subjectWords } from './words';

const useStyles = makeStyles(theme => ({
  hash: { overflowWrap: 'anywhere' },
  details: { margin: theme.spacing(1, 0), '& summary': { cursor: 'pointer' } },
}));

/** Exactly what would run: in words, in full, and the hash that is agreed to. */
export function Subject(props: { approval: Approval }) {
  const { approval } = props;
  const classes = useStyles();
  return (
    <>
      <Typography variant="body1">{subjectWords(approval)}</Typography>
      <Typography variant="body2" color="textSecondary" component="div">
        Nothing else runs than this, known by its hash{' '}
        <code className={classes.hash}>{approval.subjectHash}</code>
      </Typography>
      <Typography variant="body2" component="div">
        <details className={classes.details}>
          <summary>Everything that the hash covers</summary>
          <StructuredMetadataTable metadata={approval.subject} />
        </details>
      </Typography>
    </>
  );
}
