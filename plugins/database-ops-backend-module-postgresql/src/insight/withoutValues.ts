// A second guard: pg_stat_statements puts placeholders for values, but keeps
// utility statements, comments, and statements whose entry was evicted while
// they ran, as they came.

/** Statements whose values pg_stat_statements replaces; others may hold passwords. */
const NORMALISED =
  /^[\s(]*(select|insert|update|delete|merge|with|values|table)\b/i;
const FIRST_WORD = /^[\s(]*([a-z]+)/i;

/** Comments, strings of every kind, quoted names, placeholders, then numbers. */
const TOKENS =
  /(--[^\n]*|\/\*[\s\S]*?(?:\*\/|$))|([eEbBxXnN]?'(?:[^'\\]|''|\\[\s\S])*(?:'|$)|(?<![\w$])\$(\w*)\$[\s\S]*?(?:\$\3\$|$))|("(?:[^"]|"")*(?:"|$))|([A-Za-z_\u0080-\uffff][\w$\u0080-\uffff]*|\$\d+)|((?:\d[\d_]*\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)/g;

const LONGEST_TEXT = 5_000;

/** A statement's text in which no value is left; only the first word of a utility statement. */
export function withoutValues(text: string): string {
  const bare = text.replace(
    TOKENS,
    (
      token: string,
      comment?: string,
      literal?: string,
      _tag?: string,
      name?: string,
      word?: string,
    ) => {
      if (comment !== undefined) {
        return ' ';
      }
      if (literal !== undefined) {
        return '?';
      }
      return name === undefined && word === undefined ? '?' : token;
    },
  );
  const compact = bare.replace(/\s+/g, ' ').trim();
  if (!NORMALISED.test(compact)) {
    const word = FIRST_WORD.exec(compact)?.[1].toUpperCase() ?? '';
    return `${word} …`.trim();
  }
  return compact.length > LONGEST_TEXT
    ? `${compact.slice(0, LONGEST_TEXT)} …`
    : compact;
}
