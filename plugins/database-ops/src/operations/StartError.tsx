import { Link } from '@backstage/core-components';
import { useRouteRef } from '@backstage/core-plugin-api';
import Typography from '@material-ui/core/Typography';
import { isForbidden, operationInTheWay, sentenceOf } from '../api/errors';
import { operationRouteRef } from '../routes';
import { StatusLabel } from '../status/StatusLabel';

/** Why an operation was not started; links to the one in the way. */
export function StartError(props: { error?: Error }) {
  const operationRoute = useRouteRef(operationRouteRef);
  const { error } = props;
  if (!error) {
    return null;
  }
  const operationId = operationInTheWay(error);
  return (
    <Typography variant="body2" component="div" role="alert">
      <StatusLabel
        look={operationId ? 'warning' : 'bad'}
        word={isForbidden(error) ? 'Not allowed' : 'Not started'}
      />
      <div>{sentenceOf(error)}</div>
      {operationId && (
        <Link to={operationRoute({ operationId })}>
          Go to operation {operationId}
        </Link>
      )}
    </Typography>
  );
}
