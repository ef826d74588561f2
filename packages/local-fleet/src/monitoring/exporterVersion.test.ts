import { runTool } from '../framework/runTool';
import { needsQueryFile } from './exporterVersion';

describe('version of the PostgreSQL exporter', () => {
  it('is read wherever the exporter prints it', async () => {
    const output = await runTool(
      process.execPath,
      ['-e', 'console.error("postgres_exporter, version 0.11.1 (branch: x)")'],
      { withErrorStream: true },
    );
    expect(needsQueryFile(output)).toBe(true);
  });

  it.each([
    ['postgres_exporter, version 0.9.0', true],
    ['postgres_exporter, version 0.12.0', false],
    ['postgres_exporter, version 0.20.1', false],
    ['postgres_exporter, version 1.4.0', false],
  ])('decides of %s whether it needs the query file: %s', (output, needed) => {
    expect(needsQueryFile(output)).toBe(needed);
  });

  it('is not guessed', () => {
    expect(() => needsQueryFile('')).toThrow('names no version');
  });
});
