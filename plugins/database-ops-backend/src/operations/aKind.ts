/** A kind of operation with its article: "a backup", "an inventory". */
export function aKind(kind: string, article: 'a' | 'A' = 'a'): string {
  return `${article}${/^[aeiou]/.test(kind) ? 'n' : ''} ${kind}`;
}
