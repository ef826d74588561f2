// End-to-end tests run on Node, drive a real browser and start real servers;
// so they have a configuration of their own beside the package's unit tests.
const swc =
  require.resolve('@backstage/cli-module-test-jest/config/jestSwcTransform');
const transpile = syntax => [
  swc,
  { module: { type: 'commonjs' }, jsc: { parser: { syntax } } },
];

module.exports = {
  rootDir: __dirname,
  testMatch: ['**/*.e2e.test.ts'],
  testEnvironment: 'node',
  testSequencer: require.resolve('./harness/longestFirst.js'),
  // Each wait has a limit of its own; this one is for hooks on a machine that does other things too.
  testTimeout: 600_000,
  moduleFileExtensions: ['ts', 'tsx', 'mts', 'mjs', 'js', 'json', 'node'],
  transform: {
    '\\.(mjs|cjs|js)$': transpile('ecmascript'),
    '\\.(mts|cts|ts)$': transpile('typescript'),
  },
  transformIgnorePatterns: [
    '/node_modules/(playwright-core|typescript|axe-core)/',
  ],
};
