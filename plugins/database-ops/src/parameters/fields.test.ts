/** @jest-environment node */
import { aDatabase } from '../__testUtils__/fixtures';
import { draftOf, fieldsOf, parametersOf, problemOf } from './fields';

const schema = aDatabase().capabilities?.backupTypes[0].parameters;

describe('Parameters from a JSON schema', () => {
  it('become fields of their kind, with the schema’s defaults', () => {
    const fields = fieldsOf(schema);
    expect(fields.map(({ name, kind }) => [name, kind])).toEqual([
      ['compression', 'choice'],
      ['checkPages', 'boolean'],
      ['processes', 'number'],
      ['giveUpAfter', 'duration'],
    ]);
    expect(parametersOf(fields, draftOf(fields))).toEqual({
      checkPages: false,
      processes: 2,
      giveUpAfter: 'PT4H',
    });
  });

  it('take the values of an operation that is tried again', () => {
    const fields = fieldsOf(schema);
    expect(
      parametersOf(
        fields,
        draftOf(fields, { processes: 4, compression: 'gz' }),
      ),
    ).toMatchObject({ processes: 4, compression: 'gz' });
  });

  it('are refused in words', () => {
    const [, , processes, giveUpAfter] = fieldsOf(schema);
    expect(problemOf(processes, '')).toBe('Processes is needed.');
    expect(problemOf(processes, 'many')).toBe('Processes has to be a number.');
    expect(problemOf(giveUpAfter, 'long')).toMatch(/for example PT4H/);
    expect(problemOf(giveUpAfter, 'PT4H')).toBeUndefined();
  });

  it('are none without a schema', () => {
    expect(fieldsOf(undefined)).toEqual([]);
  });
});
