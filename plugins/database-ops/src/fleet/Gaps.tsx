import { InfoCard } from '@backstage/core-components';
import Grid from '@material-ui/core/Grid';
import Typography from '@material-ui/core/Typography';
import { Summary } from 'backstage-plugin-database-ops-common';
import { EmptyNote } from '../layout/notes';
import { StatusLabel } from '../status/StatusLabel';

type Gap = Summary['gaps'][number];

const GAP_KINDS: Record<Gap['kind'], { title: string; next: string }> = {
  'database-without-policy': {
    title: 'Databases without a policy',
    next: 'Nothing backs them up by itself and no objective is promised. Set databaseOps.databases.<id>.policy.',
  },
  'unknown-database-id': {
    title: 'Entities that name an unknown database',
    next: 'Correct the annotation database-ops/database-id, or configure the database.',
  },
  'entity-without-database': {
    title: 'Entities without a database',
    next: 'Add the annotation database-ops/database-id to the entity, so that its page shows health and backups.',
  },
  'database-without-entity': {
    title: 'Databases without an entity',
    next: 'Describe them in the catalog, so that they have an owner.',
  },
  'repository-without-database': {
    title: 'Repositories without a database',
    next: 'They hold backups of nothing that is configured. Configure their database, or remove the repository.',
  },
};

/** What the fleet does not cover, by kind, and how to close each gap. */
export function Gaps(props: { summary: Summary }) {
  const { gaps } = props.summary;
  if (gaps.length === 0) {
    return (
      <InfoCard title="Coverage gaps">
        <EmptyNote>
          None. Every database has an entity and a policy, and every repository
          a database.
        </EmptyNote>
      </InfoCard>
    );
  }
  const kinds = [...new Set(gaps.map(gap => gap.kind))];
  return (
    <Grid container spacing={3}>
      {kinds.map(kind => {
        const { title, next } = GAP_KINDS[kind] ?? { title: kind, next: '' };
        const found = gaps.filter(gap => gap.kind === kind);
        return (
          <Grid item xs={12} md={6} key={kind}>
            <InfoCard
              title={`${title} (${found.length})`}
              titleTypographyProps={{ variant: 'h5', component: 'h2' }}
            >
              <Typography variant="body2" paragraph>
                {next}
              </Typography>
              {found.map(gap => (
                <Typography key={gap.name} variant="body2" component="div">
                  <StatusLabel look="warning" word={gap.name} />
                  <Typography variant="body2" color="textSecondary">
                    {gap.sentence}
                  </Typography>
                </Typography>
              ))}
            </InfoCard>
          </Grid>
        );
      })}
    </Grid>
  );
}
