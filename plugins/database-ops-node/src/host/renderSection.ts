import { HostConfigurationSection } from './types';

const WIDTH = 88;

/**
 * A section as a file: each reason stands as a comment above its line.
 *
 * @public
 */
export function renderSection(section: HostConfigurationSection): string {
  const mark = section.kind === 'sql' ? '-- ' : '# ';
  return [
    ...comment(`${section.title}: ${section.target}`, mark),
    '',
    ...section.lines.flatMap(({ text, why }) => [
      ...(why === undefined ? [] : comment(why, mark)),
      text,
    ]),
    '',
  ].join('\n');
}

function comment(text: string, mark: string): readonly string[] {
  const lines: string[] = [];
  for (const word of text.split(/\s+/)) {
    const last = lines.at(-1);
    if (last !== undefined && `${last} ${word}`.length <= WIDTH - mark.length) {
      lines[lines.length - 1] = `${last} ${word}`;
    } else {
      lines.push(word);
    }
  }
  return lines.map(each => `${mark}${each}`);
}
