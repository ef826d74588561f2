/**
 * Where our own objects lie below a repository's prefix.
 *
 * @public
 */
export const repositoryKeys = {
  inventory: (databaseId: string) => `databases/${databaseId}/inventory.json`,
  pins: (databaseId: string) => `databases/${databaseId}/pins.json`,
  /** What is locked until when, where the bucket has Object Lock. */
  locks: (databaseId: string) => `databases/${databaseId}/locks.json`,
  /** There while the next backup has to be a full one. */
  fullDemand: (databaseId: string) =>
    `databases/${databaseId}/full-demand.json`,
  outcomes: (databaseId: string) => `databases/${databaseId}/operations/`,
  outcome: (databaseId: string, operationId: string) =>
    `databases/${databaseId}/operations/${operationId}.json`,
  directs: (databaseId: string) => `databases/${databaseId}/direct/`,
  direct: (databaseId: string, operationId: string) =>
    `databases/${databaseId}/direct/${operationId}.json`,
  lease: (controlPrefix: string, databaseId: string) =>
    `${controlPrefix}databases/${databaseId}/lease.json`,
  /** Written by the health loop to see whether the repository takes an encrypted write. */
  probe: (controlPrefix: string, hostname: string) =>
    `${controlPrefix}probe/${hostname}`,
};
