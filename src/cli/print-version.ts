import { print } from './output.js';
import { versions } from './version.js';

// What bin/mcp-pipe.js loads for `mcp-pipe --version` alone, which scripts ask often: nothing else is read.

// A reader that has exited (`| head`) is no error of a version.
process.stdout.on('error', () => {});
print(`${versions()}\n`);
