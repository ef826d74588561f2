import { renderSection } from './renderSection';

describe('a section as a file', () => {
  it('explains each line above it, in comments that the file can hold', () => {
    const lines = [
      { text: 'a=1', why: 'Because.' },
      { text: 'b=2' },
      { text: 'c=3', why: `${'long '.repeat(30)}enough.` },
    ];
    const file = renderSection({
      id: 'x',
      title: 'Settings',
      kind: 'file',
      target: '/etc/x.conf',
      lines,
    });
    expect(file.split('\n').slice(0, 5)).toEqual([
      '# Settings: /etc/x.conf',
      '',
      '# Because.',
      'a=1',
      'b=2',
    ]);
    expect(file.split('\n').every(line => line.length <= 88)).toBe(true);
    const plain = file
      .split('\n')
      .filter(line => line !== '' && !line.startsWith('#'));
    expect(plain).toEqual(['a=1', 'b=2', 'c=3']);
  });

  it('comments SQL as SQL does', () => {
    const file = renderSection({
      id: 'x',
      title: 'Roles',
      kind: 'sql',
      target: 'app',
      lines: [{ text: 'SELECT 1;', why: 'To see.' }],
    });
    expect(file).toBe('-- Roles: app\n\n-- To see.\nSELECT 1;\n');
  });
});
