import {
  formatAge,
  formatExact,
  formatUtc,
  formatUtcAndYours,
  secondsSince,
} from './format';
import { useNow } from './useNow';

/** A moment in UTC (and the viewer's zone), with the exact one in its title. */
export function When(props: {
  at: string;
  yours?: boolean;
  /** To the second. */
  exact?: boolean;
}) {
  const now = useNow(60);
  if (props.exact) {
    return (
      <time dateTime={props.at} title={formatExact(props.at)}>
        {formatUtcAndYours(props.at, now, 'local', 'HH:mm:ss')}
      </time>
    );
  }
  return (
    <time dateTime={props.at} title={formatExact(props.at)}>
      {props.yours
        ? formatUtcAndYours(props.at, now)
        : formatUtc(props.at, now)}
    </time>
  );
}

/** How long ago something was, or in how long it will be. */
export function Age(props: { at: string; everySeconds?: number }) {
  const now = useNow(props.everySeconds ?? 10);
  const seconds = secondsSince(props.at, now);
  return (
    <time dateTime={props.at} title={formatExact(props.at)}>
      {seconds >= 0 ? `${formatAge(seconds)} ago` : `in ${formatAge(-seconds)}`}
    </time>
  );
}
