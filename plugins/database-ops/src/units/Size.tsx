import { exactBytes, formatBytes } from './format';

/** A size for people, with the exact count in its title. */
export function Size(props: { bytes?: number }) {
  if (props.bytes === undefined) {
    return <>–</>;
  }
  return (
    <span title={exactBytes(props.bytes)}>{formatBytes(props.bytes)}</span>
  );
}
