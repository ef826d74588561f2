import { errorText, explainFailure } from './failures';

function explain(exitCode: number, output: string, command = 'backup') {
  return explainFailure({
    command,
    exitCode,
    output,
    stanza: 'orders',
    repositoryId: 'main',
    bucket: 'backups',
    server: 'db.example:8432',
  });
}

describe('explainFailure', () => {
  it.each([
    [
      39,
      '<Code>NoSuchBucket</Code>',
      /bucket 'backups' .* does not exist/,
      /Create the bucket/,
    ],
    [
      39,
      '<Code>SignatureDoesNotMatch</Code>',
      /refused the credentials/,
      /secretAccessKey/,
    ],
    [39, 'HTTP request failed with 403 (Forbidden)', /denied access/, /policy/],
    [
      95,
      "unable to find hostname '10.0.0.1' in certificate",
      /'10\.0\.0\.1' does not carry/,
      /DNS name/,
    ],
    [
      49,
      "unable to connect to 's3.example:443': refused",
      /object store .*s3\.example:443.* cannot be reached/,
      /endpoint/,
    ],
    [
      56,
      "unable to connect to 'db.example:8432': refused",
      /server on the database host/,
      /pgbackrest server/,
    ],
    [
      56,
      'WARN: unable to check pg1: [AccessError] access denied',
      /at the stanza 'orders'/,
      /tls-server-auth/,
    ],
    [
      56,
      "WARN: unable to check pg1: [DbConnectError] raised from remote-0 tls protocol on 'db.example': unable to connect to 'dbname='postgres' port=5432': could not connect to server: No such file or directory\nERROR: [056]: unable to find primary cluster - cannot proceed",
      /cannot connect to PostgreSQL on the database host \(db\.example\)/,
      /Start PostgreSQL there/,
    ],
    [
      56,
      'ERROR: [056]: unable to find primary cluster - cannot proceed\nHINT: are all available clusters in recovery?',
      /PostgreSQL on the database host \(db\.example\) is a standby/,
      /pgbackrest\.host.* primary/,
    ],
    [
      56,
      "WARN: unable to check pg1: [HostConnectError] unable to connect to 'db.example:8432': refused\nERROR: [056]: unable to find primary cluster - cannot proceed",
      /server on the database host/,
      /pgbackrest server/,
    ],
    [50, 'unable to acquire lock on file', /holds its lock/, /45 s/],
    [82, '', /did not reach the archive/, /archive_command/],
    [62, '', /stopped for the stanza/, /pgbackrest start/],
    [55, '', /is not in the repository/, /pgbackrest\.stanza/],
    [106, '', /newer label/, /full backup/],
    [29, 'No space left on device', /disk is full/, /Free space/],
  ])('explains exit code %i with "%s"', (code, output, cause, nextStep) => {
    const failure = explain(code, output);
    expect(failure.cause).toMatch(cause);
    expect(failure.nextStep).toMatch(nextStep);
    expect(failure.code).toBe(`pgbackrest-${code}`);
  });

  it('names every host where none of several has a primary, with the reason at each', () => {
    const failure = explainFailure({
      command: 'backup',
      exitCode: 56,
      output:
        "WARN: unable to check pg1: [DbConnectError] unable to connect to 'dbname='postgres' port=5432': refused\nERROR: [056]: unable to find primary cluster - cannot proceed",
      stanza: 'orders',
      repositoryId: 'main',
      bucket: 'backups',
      server: 'db1.example:8432 and db2.example:8432',
    });
    expect(failure.object).toBe('db1.example:8432 and db2.example:8432');
    expect(failure.cause).toContain(
      "db1.example:8432: unable to connect to 'd",
    );
    expect(failure.cause).toContain('db2.example:8432: a standby');
  });

  it('explains what all of several hosts refuse alike by that, not by the missing primary', () => {
    const failure = explainFailure({
      command: 'backup',
      exitCode: 56,
      output:
        'WARN: unable to check pg1: [AccessError] access denied\nWARN: unable to check pg2: [AccessError] access denied\nERROR: [056]: unable to find primary cluster - cannot proceed',
      stanza: 'orders',
      repositoryId: 'main',
      bucket: 'backups',
      server: 'db1.example:8432 and db2.example:8432',
    });
    expect(failure.cause).toContain("the stanza 'orders'");
    expect(failure.nextStep).toContain('pgbackrest.stanza');
  });

  it('does not take a standby that was down for the reason of another failure', () => {
    const failure = explain(
      82,
      "WARN: unable to check pg1: [DbConnectError] unable to connect to 'dbname='postgres' port=5432': refused\nERROR: [082]: WAL segment was not archived before the 60000ms timeout",
    );
    expect(failure.cause).toContain('did not reach the archive');
  });

  it('names the hosts of two primaries', () => {
    const failure = explain(
      58,
      'ERROR: [058]: more than one primary cluster found',
    );
    expect(failure.cause).toContain('db.example:8432');
    expect(failure.nextStep).toContain('stop the other');
  });

  it('names the file whose disk is full', () => {
    const failure = explain(
      29,
      "P01  ERROR: [029]: unable to write '/restores/orders/data/base/5/1': [28] No space left on device",
      'restore',
    );
    expect(failure.object).toBe('/restores/orders/data/base/5/1');
    expect(failure.nextStep).toContain('/restores/orders/data/base/5/1');
  });

  it('quotes what pgBackRest said, and says something for a code it does not know', () => {
    const failure = explain(
      199,
      'P00   INFO: begin\nP00  ERROR: [199]: something odd\n            HINT: look there.\n',
    );
    expect(failure.cause).toContain('exit code 199');
    expect(failure.cause).toContain('something odd');
  });
});

describe('errorText', () => {
  it('is undefined when there is no error line', () => {
    expect(errorText('P00   INFO: all is well')).toBeUndefined();
  });
});
