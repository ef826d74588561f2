// Loaded into a worker's process by a test: enumerates the places at which the
// worker changes something that outlives it, and kills it at one of them.
// JavaScript, for it is there before what loads TypeScript.
'use strict';

const fs = require('node:fs');
const https = require('node:https');
const path = require('node:path');

/** Events that say how far it came; how often others come depends on time. */
const TELLING_EVENT = /"type":"(result|error)"/;

/** Writes of the store's probe are the same as any other's. */
const PROBE = /\/probe\//;

/**
 * @param {{ killAt?: string, passedFile: string, names: [string, string][] }} options -
 * `names` replaces what differs from run to run, as pairs of pattern and name
 */
function install({ killAt, passedFile, names }) {
  const passed = new Map();
  const writeSync = fs.writeSync;
  const pass = what => {
    const times = (passed.get(what) ?? 0) + 1;
    passed.set(what, times);
    const point = `${what}${times > 1 ? ` ${times}` : ''}`;
    fs.appendFileSync(passedFile, `${point}\n`);
    if (point === killAt) {
      process.kill(process.pid, 'SIGKILL');
    }
  };
  const named = key =>
    names.reduce(
      (text, [pattern, name]) =>
        text.replaceAll(new RegExp(pattern, 'g'), name),
      decodeURIComponent(key.split('?')[0]),
    );

  const request = https.request;
  https.request = (...args) => {
    const made = request(...args);
    const { method = 'GET', path: target = '' } = args.find(
      arg => typeof arg === 'object' && !(arg instanceof URL),
    );
    if (['PUT', 'POST', 'DELETE'].includes(method) && !PROBE.test(target)) {
      const what = `${method} ${named(target)}`;
      pass(`before ${what}`);
      made.once('response', () => pass(`after ${what}`));
    }
    return made;
  };

  fs.writeSync = (descriptor, bytes, ...rest) => {
    const event = TELLING_EVENT.exec(String(bytes).slice(0, 200))?.[1];
    if (!event) {
      return writeSync(descriptor, bytes, ...rest);
    }
    pass(`before event ${event}`);
    const written = writeSync(descriptor, bytes, ...rest);
    pass(`after event ${event}`);
    return written;
  };

  process.once('exit', () => pass('before exit'));
}

/**
 * @param {string} folder - where a file named after the operation says where to die; without one nothing is watched
 */
exports.installFrom = folder => {
  // The worker's own children inherit its arguments.
  if (!process.argv[1]?.endsWith('database-ops-worker.js')) {
    return;
  }
  const { operationId } = JSON.parse(fs.readFileSync(process.argv[2], 'utf8'));
  const file = path.join(folder, `${operationId}.kill.json`);
  if (fs.existsSync(file)) {
    install(JSON.parse(fs.readFileSync(file, 'utf8')));
  }
};
