import { AuditChain } from 'backstage-plugin-database-ops-common';
import { Live } from '../live/useLive';
import { Age } from '../time/When';

function count(events: number): string {
  return events.toLocaleString('en-GB');
}

function Anchor(props: { chain: AuditChain }) {
  const { anchoredSeq, anchoredAt, anchorProblem } = props.chain;
  if (anchorProblem) {
    return <> Its anchors could not be compared: {anchorProblem}</>;
  }
  if (anchoredSeq === undefined) {
    return <> Not anchored in a repository yet.</>;
  }
  return (
    <>
      {' '}
      Anchored in a repository up to event {count(anchoredSeq)}
      {anchoredAt && (
        <>
          , <Age at={anchoredAt} />
        </>
      )}
      .
    </>
  );
}

/** Whether the history is as it was written, and up to where that is anchored. */
export function ChainState(props: { chain: Live<AuditChain> }) {
  const { value } = props.chain;
  if (!value) {
    return (
      <>
        {props.chain.error
          ? 'Whether the history is unbroken is not known'
          : 'Verifying the history'}
      </>
    );
  }
  if (!value.verified) {
    return (
      <>
        BROKEN at event {value.firstBadSeq ?? 'unknown'}: {value.reason} Checked{' '}
        <Age at={value.checkedAt} />
      </>
    );
  }
  const partly = value.complete === false && value.checkedEvents !== undefined;
  return (
    <>
      {partly
        ? `${count(value.checkedEvents ?? 0)} of ${count(value.events)} events verified so far, `
        : 'verified '}
      <Age at={value.checkedAt} />
      {!partly && `, ${count(value.events)} events`}.<Anchor chain={value} />
    </>
  );
}
