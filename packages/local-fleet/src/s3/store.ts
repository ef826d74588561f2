import { FleetGroup } from '../framework/types';
import { BACKUP_BUCKET, REPOSITORY_ID, S3_REGION } from './names';

/** One object store of the fleet: a process with data and accounts of its own. */
export interface S3Store {
  readonly group: FleetGroup;
  readonly member: string;
  /** Its ports, secrets and folder are named after it. */
  readonly prefix: string;
  readonly repositoryId: string;
  readonly bucket: string;
  readonly region: string;
}

export const FIRST_STORE: S3Store = {
  group: 's3',
  member: 'fleet-s3',
  prefix: 's3',
  repositoryId: REPOSITORY_ID,
  bucket: BACKUP_BUCKET,
  region: S3_REGION,
};

/** As if in another region: what happens to one store does not touch the other. */
export const SECOND_STORE: S3Store = {
  group: 'second-s3',
  member: 'fleet-s3-2',
  prefix: 's3-2',
  repositoryId: 'second',
  bucket: 'second-backups',
  region: 'eu-west-1',
};

/** The name that a port or secret of the first store has in this one. */
export function nameIn(store: S3Store, name: string): string {
  return name.replace(/^s3/, store.prefix);
}
