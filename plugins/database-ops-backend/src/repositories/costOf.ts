import { Repository } from 'backstage-plugin-database-ops-common';
import { StoragePrices } from 'backstage-plugin-database-ops-node';

const GIGABYTE = 1e9;

type Cost = Pick<
  Repository,
  'monthlyCost' | 'currency' | 'costSentence' | 'storageClasses' | 'sizeBytes'
>;

/** Sizes with what they cost a month by the configured prices; a class without a price makes the sum unknown. */
export function costOf(
  bytesByClass: ReadonlyMap<string, number>,
  prices: StoragePrices | undefined,
  repositoryId: string,
): Cost {
  const storageClasses = [...bytesByClass].map(([name, sizeBytes]) => {
    const price = prices?.perGigabyteMonth[name];
    return {
      name,
      sizeBytes,
      monthlyCost:
        price === undefined ? undefined : (sizeBytes / GIGABYTE) * price,
    };
  });
  const sizeBytes = storageClasses.reduce(
    (sum, each) => sum + each.sizeBytes,
    0,
  );
  const path = `databaseOps.repositories.${repositoryId}.prices`;
  const without = storageClasses.filter(
    ({ monthlyCost }) => monthlyCost === undefined,
  );
  if (!prices) {
    return {
      sizeBytes,
      storageClasses,
      costSentence: `No estimate: ${path} is not configured.`,
    };
  }
  if (without.length > 0) {
    return {
      sizeBytes,
      storageClasses,
      currency: prices.currency,
      costSentence: `No estimate: ${path} has no price for ${without.map(({ name }) => name).join(', ')}.`,
    };
  }
  return {
    sizeBytes,
    storageClasses,
    currency: prices.currency,
    monthlyCost: storageClasses.reduce(
      (sum, { monthlyCost = 0 }) => sum + monthlyCost,
      0,
    ),
    costSentence:
      'Storage of current objects for a month by configured prices; requests, transfer and older versions are not in it.',
  };
}
