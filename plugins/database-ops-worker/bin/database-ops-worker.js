#!/usr/bin/env node
// From the published package the worker is built; in a checkout it is
// TypeScript, which needs the transform unless the parent passed it on.
'use strict';

if (require('../package.json').main.startsWith('src/')) {
  if (!process.execArgv.some(argument => argument.includes('nodeTransform'))) {
    require('@backstage/cli/config/nodeTransform.cjs');
  }
  require('../src/main').runWorkerProcess();
} else {
  require('../dist/main.cjs.js').runWorkerProcess();
}
