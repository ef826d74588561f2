import { EntityRefLink } from '@backstage/plugin-catalog-react';
import { actorWords } from './words';

/** Who did something; people link to their page. */
export function Actor(props: { actor: string }) {
  return props.actor.startsWith('user:') ? (
    <EntityRefLink entityRef={props.actor} defaultKind="user" hideIcon />
  ) : (
    <>{actorWords(props.actor)}</>
  );
}
