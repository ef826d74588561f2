import { ComponentType, useMemo, useState } from 'react';
import {
  Content,
  ContentHeader,
  ErrorPanel,
  Page,
  ProxiedSignInPage,
} from '@backstage/core-components';
import { IdentityApi } from '@backstage/core-plugin-api';
import { SignInPageProps } from '@backstage/plugin-app-react';
import {
  Button,
  Card,
  CardActions,
  CardContent,
  Grid,
  Typography,
} from '@material-ui/core';
import {
  DEMO_ROLES,
  DemoRole,
  forgetRole,
  rememberedRole,
  rememberRole,
} from './roles';

/** The identity as it is, but signing out forgets the role too. */
function forgetfulIdentity(identity: IdentityApi): IdentityApi {
  return {
    getProfileInfo: () => identity.getProfileInfo(),
    getBackstageIdentity: () => identity.getBackstageIdentity(),
    getCredentials: () => identity.getCredentials(),
    signOut: async () => {
      forgetRole();
      await identity.signOut();
    },
  };
}

const RoleCard = (props: {
  readonly role: DemoRole;
  readonly onChoose: (role: DemoRole) => void;
}) => (
  <Grid item xs={12} sm={4}>
    <Card>
      <CardContent>
        <Typography variant="h6" component="h2">
          {props.role.title}
        </Typography>
        <Typography variant="body2">{props.role.description}</Typography>
      </CardContent>
      <CardActions>
        <Button
          variant="outlined"
          color="primary"
          onClick={() => props.onChoose(props.role)}
        >
          Sign in as {props.role.id}
        </Button>
      </CardActions>
    </Card>
  </Grid>
);

/** Three plain buttons, one a role; the backend decides what each may do. */
export const DemoSignInPage: ComponentType<SignInPageProps> = props => {
  const [role, setRole] = useState(rememberedRole);
  const headers = useMemo(
    () => (role ? { 'X-Demo-Role': role.id } : undefined),
    [role],
  );

  const choose = (chosen: DemoRole) => {
    rememberRole(chosen);
    setRole(chosen);
  };
  const chooseAgain = () => {
    forgetRole();
    setRole(undefined);
  };

  if (role) {
    return (
      <ProxiedSignInPage
        provider="demo"
        headers={headers}
        onSignInSuccess={identity =>
          props.onSignInSuccess(forgetfulIdentity(identity))
        }
        ErrorComponent={({ error }) => (
          <Content>
            <ErrorPanel
              title={`Signing in as ${role.id} did not work; the catalogue may still be loading.`}
              error={error ?? new Error('The portal gave no reason.')}
            />
            <Button variant="outlined" onClick={chooseAgain}>
              Choose a role again
            </Button>
          </Content>
        )}
      />
    );
  }
  return (
    <Page themeId="home">
      <Content>
        <ContentHeader title="Choose a role" textAlign="left" />
        <Typography paragraph>
          This is a demo on your own machine: anyone who reaches it may choose
          any role.
        </Typography>
        <Grid container component="main">
          {DEMO_ROLES.map(each => (
            <RoleCard key={each.id} role={each} onChoose={choose} />
          ))}
        </Grid>
      </Content>
    </Page>
  );
};
