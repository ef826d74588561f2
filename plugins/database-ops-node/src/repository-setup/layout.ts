import { RepositoryDefinition } from '../databases/types';
import { RepositorySetup } from './types';

/** An object that tells a person what lies around it. */
export interface LayoutMarker {
  /** Below the repository's prefix. */
  readonly key: string;
  readonly text: string;
}

/** The objects that make the folder layout visible in any S3 browser. */
export function layoutMarkers(
  repository: RepositoryDefinition,
  setup: RepositorySetup,
): readonly LayoutMarker[] {
  const { controlPrefix } = repository;
  const rows = [
    '- `databases/<database>/inventory.json`: what a worker found here, readable without any tool',
    '- `databases/<database>/operations/<operation>.json`: what was done, by whom, with what outcome',
    `- \`${controlPrefix}\`: leases and probes, worth nothing later; never under default retention`,
    ...setup.toolPrefixes.map(
      ({ prefix }) =>
        `- \`${prefix}\`: kept by a tool of its own, which alone deletes there`,
    ),
  ];
  return [
    {
      key: 'README.md',
      text: [
        `# Backups: repository ${repository.id}`,
        '',
        'Database Operations keeps backups here. Nothing in this place is to be deleted by hand: a backup may need objects that look older.',
        '',
        ...rows,
        '',
      ].join('\n'),
    },
    {
      key: 'databases/README.md',
      text: 'One folder for each database, named after its id. See ../README.md.\n',
    },
    {
      key: `${controlPrefix}README.md`,
      text: 'Leases and probes of Database Operations. Nothing here is part of a backup. Default retention here would leave an undeletable version with each renewal of a lease.\n',
    },
  ];
}
