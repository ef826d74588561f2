/** @jest-environment node */
import {
  Operation,
  OperationEvent,
  OperationProgress,
} from 'backstage-plugin-database-ops-common';
import { paceOf, stepsOf } from './progress';

function at(seconds: number): string {
  return new Date(Date.UTC(2026, 10, 16) + seconds * 1000).toISOString();
}

function progress(
  seq: number,
  seconds: number,
  progressed: OperationProgress,
): OperationEvent {
  return { seq, at: at(seconds), type: 'progress', progress: progressed };
}

describe('The pace of an operation', () => {
  it('is not said until samples span a few seconds', () => {
    expect(paceOf([])).toEqual({});
    expect(
      paceOf([
        progress(1, 0, { step: 'a', percent: 0 }),
        progress(2, 1, { step: 'a', percent: 10 }),
      ]),
    ).toEqual({});
  });

  it('counts bytes where they are known, in the current step only', () => {
    expect(
      paceOf([
        progress(1, 0, {
          step: 'a',
          percent: 90,
          doneBytes: 900,
          totalBytes: 1000,
        }),
        progress(2, 10, {
          step: 'b',
          percent: 0,
          doneBytes: 0,
          totalBytes: 1000,
        }),
        progress(3, 20, {
          step: 'b',
          percent: 50,
          doneBytes: 500,
          totalBytes: 1000,
        }),
      ]),
    ).toEqual({ bytesPerSecond: 50, remainingSeconds: 10 });
  });

  it('goes by percent otherwise, and by the last minute only', () => {
    expect(
      paceOf([
        progress(1, 0, { percent: 0 }),
        progress(2, 100, { percent: 50 }),
        progress(3, 110, { percent: 60 }),
      ]).remainingSeconds,
    ).toBe(40);
  });
});

it('tells the steps with their ends from the events', () => {
  const operation: Operation = {
    id: 'o',
    databaseId: 'd',
    kind: 'backup',
    state: 'succeeded',
    parameters: {},
    requestedBy: 'user:default/x',
    requestedAt: at(0),
    endedAt: at(30),
    version: 1,
  };
  expect(
    stepsOf(operation, [
      progress(1, 1, { step: 'check' }),
      progress(2, 5, { step: 'copy' }),
      progress(3, 9, { step: 'copy' }),
    ]),
  ).toEqual([
    { name: 'check', startedAt: at(1), endedAt: at(5) },
    { name: 'copy', startedAt: at(5), endedAt: at(30) },
  ]);
});
