import { ConfigReader } from '@backstage/config';
import { JsonValue } from '@backstage/types';
import { demoAllowed } from './demoAllowed';

function configure(listen?: JsonValue, allow: JsonValue = true) {
  return new ConfigReader({
    backend: listen === undefined ? {} : { listen },
    auth: { providers: { demo: { dangerouslyAllowDemoSignIn: allow } } },
  });
}

describe('demoAllowed', () => {
  it.each([
    [{ host: '127.0.0.1', port: 7007 }],
    [{ host: '127.8.9.10' }],
    [{ host: '::1' }],
    [{ host: 'localhost' }],
    ['127.0.0.1:7007'],
    ['localhost:7007'],
  ])('allows the demo when the portal listens on %j', listen => {
    expect(demoAllowed(configure(listen))).toBe(true);
  });

  it.each([
    [undefined],
    [':7007'],
    ['0.0.0.0:7007'],
    [{ port: 7007 }],
    [{ host: '0.0.0.0' }],
    [{ host: '::' }],
    [{ host: '10.0.0.5' }],
    [{ host: '127.0.0.1.example.com' }],
    [{ host: 'localhost.example.com' }],
  ])('refuses the demo when the portal listens on %j', listen => {
    expect(() => demoAllowed(configure(listen))).toThrow(/backend\.listen/);
  });

  it('is off without the key, wherever the portal listens', () => {
    expect(demoAllowed(new ConfigReader({}))).toBe(false);
    expect(demoAllowed(configure({ host: '0.0.0.0' }, false))).toBe(false);
  });

  it('refuses a value that is not a boolean', () => {
    expect(() => demoAllowed(configure('127.0.0.1:1', 'perhaps'))).toThrow(
      /not true or false/,
    );
  });
});
