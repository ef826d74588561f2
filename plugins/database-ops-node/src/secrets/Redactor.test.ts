import { Redactor } from './Redactor';

describe('Redactor', () => {
  const redactor = new Redactor([
    's3cr3t/+val"ue',
    'abc',
    'longer-s3cr3t/+val"ue-around',
  ]);

  it('finds a secret as it is, URL-encoded, in base64 and as a JSON string', () => {
    const secret = 's3cr3t/+val"ue';
    const text = [
      secret,
      encodeURIComponent(secret),
      Buffer.from(secret).toString('base64'),
      JSON.stringify(secret),
    ].join(' ');
    expect(redactor.redact(text)).toBe('[secret] [secret] [secret] "[secret]"');
  });

  it('leaves words alone that are too short to be a secret', () => {
    expect(redactor.redact('abc')).toBe('abc');
  });

  it('takes out the longer one of two that overlap', () => {
    expect(redactor.redact('longer-s3cr3t/+val"ue-around')).toBe('[secret]');
  });

  it('finds a line of a key in PEM form', () => {
    const line = 'MIIEvQIBADANBgkqhkiG9w0BAQEFAASC';
    const pem = `-----BEGIN PRIVATE KEY-----\n${line}\n-----END PRIVATE KEY-----`;
    expect(new Redactor([pem]).redact(`read ${line}`)).toBe('read [secret]');
  });

  it('redacts every string of a value', () => {
    expect(
      redactor.redactValue({ a: ['x s3cr3t/+val"ue'], n: 1, u: undefined }),
    ).toEqual({
      a: ['x [secret]'],
      n: 1,
      u: undefined,
    });
  });
});
