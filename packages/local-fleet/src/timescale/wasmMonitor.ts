/** The role that the WebAssembly build's only session has for clients. */
export const WASM_MONITOR = 'dbops_monitor';
