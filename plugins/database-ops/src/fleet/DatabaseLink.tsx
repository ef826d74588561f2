import { Link } from '@backstage/core-components';
import { useRouteRef } from '@backstage/core-plugin-api';
import { databaseRouteRef } from '../routes';

/** A database's id, linked to its page. */
export function DatabaseLink(props: {
  databaseId: string;
  /** Underlined: among other words its colour alone would not tell it apart. */
  amongWords?: boolean;
}) {
  const route = useRouteRef(databaseRouteRef);
  return (
    <Link
      to={route({ databaseId: props.databaseId })}
      underline={props.amongWords ? 'always' : 'hover'}
    >
      {props.databaseId}
    </Link>
  );
}
