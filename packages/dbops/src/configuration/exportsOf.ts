/**
 * What a module loaded on demand exports. A CommonJS module carries its names
 * under `default` when Node cannot tell them from its text, as from source.
 */
export function exportsOf<T extends object>(
  loaded: T,
  name: keyof T & string,
): T {
  if (loaded[name] !== undefined) {
    return loaded;
  }
  const { default: inner } = loaded as { readonly default?: T };
  if (inner?.[name] === undefined) {
    throw new TypeError(`A module that should export '${name}' does not.`);
  }
  return inner;
}
