#!/usr/bin/env node
// What stands here runs on any Node: the rest would die there of a syntax error. CommonJS, for Node would start its loader of
// ES modules first, which nothing else needs (D377).
const { join } = require('node:path');

const version = process.versions.node.split('.').map(Number);

if (version[0] < 20 || (version[0] === 20 && version[1] < 19)) {
  process.stderr.write(
    'mcp-pipe needs Node 20.19 or newer; this is Node ' +
      process.versions.node +
      '. Install a newer one from https://nodejs.org (or: nvm install 22). [NODE_TOO_OLD]\n',
  );
  process.exitCode = 2;
} else {
  // Otherwise Node opens its inspector, where every program of this machine may read the tokens. To use it, start
  // it with --inspect.
  process.on('SIGUSR1', () => {});
  const [first, ...more] = process.argv.slice(2);
  const isVersion = (first === '--version' || first === '-V') && more.length === 0;
  try {
    if (isVersion) require('../dist/bundle/version.cjs');
    else {
      const { runFrom } = require('../dist/bundle/start.cjs');
      runFrom(join(__dirname, '../dist/bundle'), 'main.cjs', process.env);
    }
  } catch (error) {
    if (error.code !== 'MODULE_NOT_FOUND' && error.code !== 'ENOENT') throw error;
    const next = 'Run `npm install` and `npm run build` in its folder, or install it again.';
    process.stderr.write(`mcp-pipe is not complete: ${error.message}\n${next} [NOT_BUILT]\n`);
    process.exitCode = 1;
  }
}
