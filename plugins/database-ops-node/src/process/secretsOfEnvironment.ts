/** Names whose values are always secret. */
const SECRET_NAME = /KEY|SECRET|PASS|TOKEN|PWD|CREDENTIAL|AUTH/i;
/** Names whose values people need to read in a log. */
const PLAIN_NAME =
  /^(PATH|HOME|LANG|LC_.*|TZ|TMPDIR|USER|PG(HOST|HOSTADDR|PORT|USER|DATABASE|DATA|SSLMODE|APPNAME|OPTIONS))$/;
/** Numbers, words of the kind yes and no, and paths are no credentials. */
const PLAIN_VALUE = /^(\d+|y|n|yes|no|on|off|true|false|\/[\w./-]*)$/i;

/**
 * The values of a child's environment that must not appear in lines and
 * errors: all of them, except those known to be plain.
 */
export function secretsOfEnvironment(
  env: Readonly<Record<string, string>>,
): readonly string[] {
  return Object.entries(env)
    .filter(
      ([name, value]) =>
        SECRET_NAME.test(name) ||
        !(PLAIN_NAME.test(name) || PLAIN_VALUE.test(value)),
    )
    .map(([, value]) => value);
}
