// Puts reconciliation together; logic lives in its parts.
import { DirectImporter } from '../direct/DirectImporter';
import { InventoryRequester } from './InventoryRequester';
import { OutcomeImporter } from './OutcomeImporter';
import { Reconciler } from './Reconciler';
import { VanishedBackups } from './VanishedBackups';

type Parts = Omit<
  ConstructorParameters<typeof Reconciler>[0],
  'inventories' | 'outcomes' | 'directs'
> &
  ConstructorParameters<typeof InventoryRequester>[0] &
  ConstructorParameters<typeof OutcomeImporter>[0] &
  ConstructorParameters<typeof DirectImporter>[0] & {
    readonly vanished: VanishedBackups;
  };

export function createReconciliation(parts: Parts): {
  readonly reconciler: Reconciler;
  readonly inventories: InventoryRequester;
} {
  const inventories = new InventoryRequester(parts);
  return {
    inventories,
    reconciler: new Reconciler({
      ...parts,
      inventories,
      outcomes: new OutcomeImporter(parts),
      directs: new DirectImporter(parts),
    }),
  };
}
