import { useDatabase } from '../entity/useDatabase';
import { LiveContent } from '../layout/LiveCard';
import { SideDrawer } from '../layout/SideDrawer';
import { Retention } from './Retention';

/** What retention would keep and remove now of a database, in a drawer. */
export function RetentionOf(props: {
  databaseId: string;
  onClose: () => void;
}) {
  const { databaseId, onClose } = props;
  const database = useDatabase(databaseId);
  return (
    <SideDrawer
      title={`Retention of ${databaseId}`}
      open
      onClose={onClose}
      wide
    >
      <LiveContent live={database} what={`database ${databaseId}`} lines={12}>
        {value => <Retention database={value} />}
      </LiveContent>
    </SideDrawer>
  );
}
