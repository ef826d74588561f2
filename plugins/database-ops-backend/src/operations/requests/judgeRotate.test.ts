import { InputError } from '@backstage/errors';
import { JsonObject } from '@backstage/types';
import { RotationOffer } from 'backstage-plugin-database-ops-common';
import { judgeRotate } from './judgeRotate';
import { KnownRequest } from './types';

const judge = (parameters: JsonObject, rotations?: RotationOffer[]) =>
  judgeRotate({
    capabilities: { rotations },
    parameters,
  } as unknown as KnownRequest);

const MONITORING = {
  id: 'monitoring',
  title: 'Monitoring role',
  description: 'Its password.',
};

describe('a request to rotate', () => {
  it('names a credential that the engine offers, its first by default', async () => {
    expect(await judge({ role: 'monitoring' }, [MONITORING])).toEqual({
      parameters: { role: 'monitoring' },
    });
    expect(await judge({}, [MONITORING])).toEqual({
      parameters: { role: 'monitoring' },
    });
  });

  it('carries nothing else on: no password comes from outside', async () => {
    expect(
      await judge({ role: 'monitoring', password: 'hunter2' }, [MONITORING]),
    ).toEqual({ parameters: { role: 'monitoring' } });
  });

  it.each([
    [{ role: 'postgres' }, [MONITORING]],
    [{}, undefined],
  ])('is refused for %j where %j is offered', async (parameters, offered) => {
    await expect(judge(parameters, offered)).rejects.toThrow(InputError);
  });
});
