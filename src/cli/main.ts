import { runProgram } from './program.js';

// Shown by ps instead of the command line, which may hold a token.
process.title = 'mcp-pipe';

process.exitCode = await runProgram(process.argv.slice(2));
