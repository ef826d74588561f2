import { Database } from 'backstage-plugin-database-ops-common';
import { HEALTH_WORDS, wordOf } from '../status/kinds';
import { Age } from '../time/When';

/**
 * Why a database's status is what it is: the worst cause; of a healthy one
 * with backups to when it is restorable, as an age that grows while one looks.
 */
export function HealthSentence(props: {
  database: Database;
  /** Leaves out the status where it stands before the sentence already. */
  causeOnly?: boolean;
}) {
  const { database, causeOnly } = props;
  const { word } = wordOf(HEALTH_WORDS, database.status);
  const { restorableTo } = database.freshness;
  if (database.status === 'healthy' && restorableTo) {
    return (
      <>
        {!causeOnly && `${word}. `}Restorable to <Age at={restorableTo} />.
      </>
    );
  }
  return (
    <>
      {causeOnly && database.sentence.startsWith(`${word}. `)
        ? database.sentence.slice(word.length + 2)
        : database.sentence}
    </>
  );
}
