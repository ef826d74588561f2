import { hasNativeTimescale, startNative } from './native';
import { TimescaleKind } from './types';
import { startWasm } from './wasm';

/**
 * Every TimescaleDB that this machine can run: the WebAssembly build always,
 * the fleet's own PostgreSQL where the extension is installed.
 *
 * @public
 */
export function timescaleKinds(): readonly TimescaleKind[] {
  return [
    { name: 'WebAssembly', runsJobs: false, start: startWasm },
    ...(hasNativeTimescale()
      ? [{ name: 'native', runsJobs: true, start: startNative }]
      : []),
  ];
}
