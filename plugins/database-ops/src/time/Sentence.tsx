import { Fragment } from 'react';
import { When } from './When';

/** A moment as the API writes it into a sentence. */
const MOMENT = /(\d{4}-\d{2}-\d{2}T\d{2}:\d{2}:\d{2}(?:\.\d+)?Z)/;

/** A sentence of the API, its moments in UTC and the viewer's zone. */
export function Sentence(props: { text: string }) {
  // Every second part is what the group of the expression found.
  return (
    <>
      {props.text
        .split(MOMENT)
        .map((part, index) =>
          index % 2 === 1 ? (
            <When key={index} at={part} exact />
          ) : (
            <Fragment key={index}>{part}</Fragment>
          ),
        )}
    </>
  );
}
