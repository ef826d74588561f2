import { allowedEnvironment, inheritedArguments } from './launchWorker';

describe('what a worker gets from its parent', () => {
  it('is the arguments that load TypeScript, without debugger and inline code', () => {
    expect(
      inheritedArguments([
        '--inspect=9229',
        '--require',
        '/t/nodeTransform.cjs',
        '--inspect-port',
        '0',
        '--enable-source-maps',
        '-e',
        'code()',
      ]),
    ).toEqual(['--require', '/t/nodeTransform.cjs', '--enable-source-maps']);
  });

  it('is an allow-listed environment', () => {
    expect(
      allowedEnvironment({
        PATH: '/bin',
        AWS_SECRET_ACCESS_KEY: 'x',
        PGPASSWORD: 'y',
        NODE_ENV: 'test',
      }),
    ).toEqual({ PATH: '/bin', NODE_ENV: 'test' });
  });
});
