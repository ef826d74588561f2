import { ReactNode } from 'react';
import { Content, Header, Link, Page } from '@backstage/core-components';
import { useRouteRef } from '@backstage/core-plugin-api';
import Tab from '@material-ui/core/Tab';
import Tabs from '@material-ui/core/Tabs';
import { makeStyles } from '@material-ui/core/styles';
import { BackstageTheme } from '@backstage/theme';
import { MaintenanceBanner } from '../maintenance/MaintenanceBanner';
import {
  approvalsRouteRef,
  auditRouteRef,
  policiesRouteRef,
  repositoriesRouteRef,
  rootRouteRef,
} from '../routes';

export type OpsPageTab =
  'fleet' | 'gaps' | 'repositories' | 'policies' | 'approvals' | 'audit';

const useStyles = makeStyles<BackstageTheme>(theme => ({
  // What is not plain text has to take the header's colour itself.
  subtitle: { color: theme.page.fontColor },
  tabs: {
    gridArea: 'pageSubheader',
    backgroundColor: theme.palette.background.paper,
    color: theme.palette.text.primary,
    paddingLeft: theme.spacing(3),
    [theme.breakpoints.down('xs')]: { paddingLeft: 0 },
  },
}));

/** The frame of the plugin's own pages: header, and links between them. */
export function OpsPage(props: {
  title: string;
  subtitle?: ReactNode;
  tab?: OpsPageTab;
  /** The database that the page is about, whose own maintenance is told too. */
  databaseId?: string;
  children: ReactNode;
}) {
  const classes = useStyles();
  const fleet = useRouteRef(rootRouteRef)();
  const audit = useRouteRef(auditRouteRef)();
  const policies = useRouteRef(policiesRouteRef)();
  const approvals = useRouteRef(approvalsRouteRef)();
  const repositories = useRouteRef(repositoriesRouteRef)();
  return (
    <Page themeId="tool">
      <Header
        title={props.title}
        subtitle={
          props.subtitle && (
            <span className={classes.subtitle}>{props.subtitle}</span>
          )
        }
        pageTitleOverride={props.title}
        type={props.tab === 'fleet' ? undefined : 'Databases'}
        typeLink={props.tab === 'fleet' ? undefined : fleet}
      />
      <nav aria-label="Databases" className={classes.tabs}>
        <Tabs
          value={props.tab ?? false}
          indicatorColor="primary"
          variant="scrollable"
          scrollButtons="auto"
        >
          <Tab label="Fleet" value="fleet" component={Link} to={fleet} />
          <Tab
            label="Coverage gaps"
            value="gaps"
            component={Link}
            to={`${fleet}?view=gaps`}
          />
          <Tab
            label="Repositories"
            value="repositories"
            component={Link}
            to={repositories}
          />
          <Tab
            label="Policies"
            value="policies"
            component={Link}
            to={policies}
          />
          <Tab
            label="Approvals"
            value="approvals"
            component={Link}
            to={approvals}
          />
          <Tab label="Audit" value="audit" component={Link} to={audit} />
        </Tabs>
      </nav>
      <Content>
        <MaintenanceBanner databaseId={props.databaseId} />
        {props.children}
      </Content>
    </Page>
  );
}
