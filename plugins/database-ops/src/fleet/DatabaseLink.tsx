import { Link } from '@backstage/core-components';
import { useRouteRef } from '@backstage/core-plugin-api';
import { databaseRouteRef } from '../routes';

/** A database's id, linked to its page. */
export function DatabaseLink(props: { databaseId: string }) {
  const route = useRouteRef(databaseRouteRef);
  return (
    <Link to={route({ databaseId: props.databaseId })}>{props.databaseId}</Link>
  );
}
