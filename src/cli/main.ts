import { runProgram } from './program.js';

// Shown by ps instead of the command line, which may hold a token.
process.title = 'mcp-pipe';

// Whoever reads stdout may have gone (`| head`), or its disk be full: that ends no link.
process.stdout.on('error', () => {});

process.exitCode = await runProgram(process.argv.slice(2));
