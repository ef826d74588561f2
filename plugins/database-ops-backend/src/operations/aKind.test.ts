import { aKind } from './aKind';

describe('A kind of operation', () => {
  it.each([
    ['backup', 'a backup'],
    ['inventory', 'an inventory'],
    ['expire', 'an expire'],
  ])('has its article: %s', (kind, expected) => {
    expect(aKind(kind)).toBe(expected);
  });

  it('may begin a sentence', () => {
    expect(aKind('advance', 'A')).toBe('An advance');
  });
});
