import {
  GetBucketLifecycleConfigurationCommand,
  GetBucketPolicyCommand,
  PutBucketLifecycleConfigurationCommand,
  PutBucketPolicyCommand,
  PutObjectLockConfigurationCommand,
} from '@aws-sdk/client-s3';
import {
  bucketStage,
  changesOf,
  principal,
  statesOf,
  TO_COLDER,
} from './__testUtils__/bucketStage';

jest.setTimeout(120_000);

describe('set-up of a repository on a real object store', () => {
  const { Bucket, clientOf, open, repository } = bucketStage();

  it('plans a bucket that does not exist, makes it, and then finds nothing to do', async () => {
    const admin = await open('admin');
    const planned = await admin.check();
    expect(statesOf(planned)).toEqual({
      bucket: 'differs',
      encryption: 'differs',
      versioning: 'differs',
      'object-lock': 'differs',
      'public-access': 'unsupported',
      policy: 'differs',
      lifecycle: 'differs',
      layout: 'differs',
    });
    expect(changesOf(planned)).toContain(`+ bucket ${Bucket}`);

    const everythingRight = {
      bucket: 'ok',
      encryption: 'ok',
      versioning: 'ok',
      'object-lock': 'ok',
      'public-access': 'unsupported',
      policy: 'ok',
      lifecycle: 'ok',
      layout: 'ok',
    };
    expect(statesOf(await admin.apply())).toEqual(everythingRight);
    expect(changesOf(await admin.check())).toEqual([]);
    expect(statesOf(await admin.apply())).toEqual(everythingRight);
  });

  it('lets the portal see how it is set up, and says why a database host cannot', async () => {
    expect(changesOf(await (await open('writer')).check())).toEqual([]);
    expect(statesOf(await (await open('writer')).check())).toMatchObject({
      policy: 'ok',
      'object-lock': 'ok',
    });
    const seen = await (await open('database-host')).check();
    expect(seen.find(({ aspect }) => aspect === 'policy')).toMatchObject({
      state: 'unknown',
      sentence: expect.stringContaining('AccessDenied'),
    });
  });

  it('keeps what others set, takes away what endangers backups, and says so first', async () => {
    const admin = await clientOf('admin');
    const policy = JSON.parse(
      (await admin.send(new GetBucketPolicyCommand({ Bucket }))).Policy ?? '',
    );
    const foreign = {
      Sid: 'SomebodyElse',
      Effect: 'Deny',
      Principal: { AWS: [principal('database-host')] },
      Action: ['s3:GetObjectAcl'],
      Resource: [`arn:aws:s3:::${Bucket}/*`],
    };
    await admin.send(
      new PutBucketPolicyCommand({
        Bucket,
        Policy: JSON.stringify({
          ...policy,
          Statement: [
            foreign,
            ...policy.Statement.filter(
              ({ Sid }: { Sid: string }) => !Sid.endsWith('RefusePlainHttp'),
            ),
          ],
        }),
      }),
    );
    await admin.send(
      new PutBucketLifecycleConfigurationCommand({
        Bucket,
        LifecycleConfiguration: {
          Rules: [
            {
              ID: 'save-money',
              Status: 'Enabled',
              Filter: { Prefix: 'pgbackrest/backup/' },
              Expiration: { Days: 90 },
            },
            {
              ID: 'elsewhere',
              Status: 'Enabled',
              Filter: { Prefix: '' },
              AbortIncompleteMultipartUpload: { DaysAfterInitiation: 2 },
            },
          ],
        },
      }),
    );
    await admin.send(
      new PutObjectLockConfigurationCommand({
        Bucket,
        ObjectLockConfiguration: {
          ObjectLockEnabled: 'Enabled',
          Rule: { DefaultRetention: { Mode: 'GOVERNANCE', Days: 1 } },
        },
      }),
    );
    const bucket = await open('admin');
    const planned = await bucket.check();
    expect(statesOf(planned)).toMatchObject({
      policy: 'differs',
      lifecycle: 'differs',
      'object-lock': 'differs',
      encryption: 'ok',
    });
    expect(
      planned.filter(({ danger }) => danger).map(({ aspect }) => aspect),
    ).toEqual(['object-lock', 'lifecycle']);
    expect(changesOf(planned)).toEqual(
      expect.arrayContaining([
        expect.stringMatching(/^- rule save-money: .*after 90 d/),
        expect.stringMatching(/^\+ statement DatabaseOpsFleetXRefusePlainHttp/),
        expect.stringMatching(/^~ object lock: .*GOVERNANCE for 1 days/),
      ]),
    );

    expect(changesOf(await bucket.apply())).toEqual([]);
    const rules = await admin.send(
      new GetBucketLifecycleConfigurationCommand({ Bucket }),
    );
    const ids = rules.Rules?.map(({ ID }) => ID);
    expect(ids).toContain('elsewhere');
    expect(ids).not.toContain('save-money');
    const after = await admin.send(new GetBucketPolicyCommand({ Bucket }));
    expect(after.Policy).toContain('SomebodyElse');
  });

  it('says of transitions that the store has none, and sets the rest', async () => {
    const prefix = 'tiered/';
    const setup = { ...repository().setup!, transitions: [TO_COLDER] };
    const bucket = await open('admin', { id: 'tiered', prefix, setup });
    expect(statesOf(await bucket.apply())).toMatchObject({
      lifecycle: 'ok',
      transitions: 'unsupported',
      'public-access': 'unsupported',
    });
    expect(changesOf(await bucket.check())).toEqual([]);
  });

  it('finds out that a store has no transitions when nobody told it', async () => {
    const prefix = 'tiered-unknown/';
    const setup = {
      ...repository().setup!,
      store: 'aws' as const,
      transitions: [TO_COLDER],
    };
    const bucket = await open('admin', { id: 'tiered-2', prefix, setup });
    const { transitions } = statesOf(await bucket.apply());
    expect(transitions).toBe('unsupported');
  });
});
