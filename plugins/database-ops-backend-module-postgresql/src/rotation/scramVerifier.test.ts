import { scramVerifier } from './scramVerifier';

describe('the verifier of a password', () => {
  it('is what PostgreSQL 15 computed for the same password and salt', () => {
    // SELECT rolpassword FROM pg_authid, after CREATE ROLE … PASSWORD 'first-password'.
    const verifier =
      'SCRAM-SHA-256$4096:tr5bZRM3FDLXEvBjCOar6Q==$nk0bbeBCcGbGxhkyg39qwo3HRKYvVuMDWHdxNJ+NQPg=:E0y8kuyC+1zwOJuwmecbVosrgVEuzZkhi8t4Wm+MaoU=';
    const [, salt] = /:([^$]+)\$/.exec(verifier) ?? [];
    expect(scramVerifier('first-password', Buffer.from(salt, 'base64'))).toBe(
      verifier,
    );
  });

  it('has another salt each time', () => {
    expect(scramVerifier('x')).not.toBe(scramVerifier('x'));
  });
});
