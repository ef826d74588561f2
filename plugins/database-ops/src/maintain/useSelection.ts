import { useState } from 'react';
import { MaintenanceItem } from 'backstage-plugin-database-ops-common';

export interface Selection {
  readonly picked: readonly MaintenanceItem[];
  readonly isPicked: (item: MaintenanceItem) => boolean;
  readonly toggle: (item: MaintenanceItem) => void;
  readonly pickAll: () => void;
  readonly pickNone: () => void;
  readonly pickSuggested: () => void;
}

/** Which objects of an action's preview are taken: the suggested ones until somebody chooses. */
export function useSelection(
  action: string,
  items: readonly MaintenanceItem[],
): Selection {
  const [choice, setChoice] = useState<{
    readonly action: string;
    readonly objects?: ReadonlySet<string>;
  }>({ action });
  const chosen = choice.action === action ? choice.objects : undefined;
  const setChosen = (objects?: ReadonlySet<string>) =>
    setChoice({ action, objects });
  const isPicked = (item: MaintenanceItem) =>
    chosen ? chosen.has(item.object) : item.suggested;
  const picked = items.filter(isPicked);
  return {
    picked,
    isPicked,
    toggle: item => {
      const next = new Set(picked.map(({ object }) => object));
      if (!next.delete(item.object)) {
        next.add(item.object);
      }
      setChosen(next);
    },
    pickAll: () => setChosen(new Set(items.map(({ object }) => object))),
    pickNone: () => setChosen(new Set()),
    pickSuggested: () => setChosen(undefined),
  };
}
