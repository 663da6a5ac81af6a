import { describe, expect, it } from 'vitest';
import * as hints from '../../../src/messages/hints.js';

const hintFor = (failure: hints.ServerFailure) => hints.hintFor(failure, 'en');

const cases: readonly [stderr: string, hint: RegExp][] = [
  // Missing programs, in the words of several shells
  ['sh: 1: uvx: not found', /"uvx" is missing\. Install uv/],
  ['/bin/sh: npx: not found', /"npx" is missing\. Install Node/],
  ['./start.sh: line 3: python3: command not found', /"python3" is missing\. Install Python/],
  ['zsh: command not found: docker', /"docker" is missing\. Install Docker/],
  ['/usr/bin/env: ‘python’: No such file or directory', /"python" is missing\. Install Python.*python3/],
  ['env: node: No such file or directory', /"node" is missing/],
  [
    "'npx' is not recognized as an internal or external command,\noperable program or batch file.",
    /"npx" is missing/,
  ],
  ['Error: spawn npx ENOENT', /"npx" is missing\. Install Node/],
  ['bash: frobnicate: command not found', /"frobnicate" is missing\. Install it, check the spelling/],
  ['ERROR: Cannot connect to the Docker daemon at unix:///var/run/docker.sock.', /Start Docker/],
  // Python
  ["ModuleNotFoundError: No module named 'mcp'", /pip install mcp`\.$/],
  ["ModuleNotFoundError: No module named 'mcp.server.fastmcp'", /pip install "mcp<2"`/],
  [
    "    from mcp.server.fastmcp import FastMCP\nModuleNotFoundError: No module named 'mcp'",
    /pip install "mcp<2"`/,
  ],
  ["ModuleNotFoundError: No module named 'yaml'", /pip install pyyaml`\.$/],
  ['/usr/bin/python3: No module named mcp_server_fetch', /pip install mcp_server_fetch`\.$/],
  [
    "python: can't open file '/app/calc.py': [Errno 2] No such file or directory",
    /no file \/app\/calc\.py.*`args`/,
  ],
  ["ERROR: Package 'mcp' requires a different Python: 3.8.10 not in '>=3.10'", />=3\.10/],
  [
    '  File "server.py", line 12\n    match x:\n          ^\nSyntaxError: invalid syntax',
    /Python may be too old/,
  ],
  ["TypeError: unsupported operand type(s) for |: 'type' and 'NoneType'", /3\.10 or newer/],
  ["UnicodeEncodeError: 'charmap' codec can't encode character '\\u1ea1'", /PYTHONUTF8/],
  ["ImportError: cannot import name 'FastMCP' from 'mcp.server' (/x/mcp)", /pip install --upgrade mcp`\.$/],
  ['error: externally-managed-environment', /venv/],
  // Node
  ["Error: Cannot find module 'express'\nRequire stack:", /npm install express`\.$/],
  [
    "Error [ERR_MODULE_NOT_FOUND]: Cannot find package '@scope/pkg' imported from /app/x.js",
    /npm install @scope\/pkg`\.$/,
  ],
  ["Error: Cannot find module '@scope/pkg/deep/file.js'", /npm install @scope\/pkg`\.$/],
  ["Error: Cannot find module '/app/calculator.js'", /no file \/app\/calculator\.js.*`args`/],
  ["Error: Cannot find module 'C:\\Users\\An\\calc.js'", /no file C:\\Users\\An\\calc\.js/],
  ['code: ERR_MODULE_NOT_FOUND', /npm install/],
  ['SyntaxError: Cannot use import statement outside a module', /"type": "module"/],
  ['TypeError [ERR_UNKNOWN_FILE_EXTENSION]: Unknown file extension ".ts" for /x.ts', /tsx/],
  ['ReferenceError: fetch is not defined', /newer Node/],
  ["SyntaxError: Unexpected token '??='", /syntax error/],
  // Packages
  [
    "npm error code E404\nnpm error 404  'mcp-calculater@*' is not in this registry.",
    /no package "mcp-calculater"/,
  ],
  ['npm ERR! code E404', /npm does not know this package/],
  ['npm error could not determine executable to run', /no command of its own/],
  ['npm error code EAI_AGAIN', /npm cannot reach its registry/],
  [
    '  Because mcp-x was not found in the package registry and you require mcp-x',
    /no Python package "mcp-x"/,
  ],
  // The machine
  ['Error: listen EADDRINUSE: address already in use :::8080', /Another program uses the port/],
  ['OSError: [Errno 98] Address already in use', /Another program uses the port/],
  ['FATAL ERROR: Reached heap limit Allocation failed - JavaScript heap out of memory', /out of memory/],
  ['npm error ENOSPC: no space left on device', /disk is full/],
  ["Error: EACCES: permission denied, open '/root/x'", /permissions/],
  ["PermissionError: [Errno 13] Permission denied: '/root/x'", /permissions/],
  ['Error: BRAVE_API_KEY environment variable is required', /BRAVE_API_KEY.*`env`/],
  ["KeyError: 'OPENAI_API_KEY'", /OPENAI_API_KEY/],
  ['Please set GITHUB_TOKEN first', /GITHUB_TOKEN/],
  ['No API key given', /wants a setting/],
  ["Error: ENOENT: no such file or directory, open '/data/notes.json'", /no \/data\/notes\.json/],
  ["FileNotFoundError: [Errno 2] No such file or directory: 'data.csv'", /no data\.csv/],
];

describe('hintFor', () => {
  it.each(cases)('knows what to do about %j', (stderr, hint) => {
    const said = hintFor({ stderrTail: stderr.split('\n') });
    expect(said).toMatch(hint);
    // Another sentence may follow.
    expect(said).toMatch(/[.?]$/);
  });

  it.each([
    ['Server running on stdio'],
    ['2026-01-01 INFO listening, no errors'],
    ['404 Not Found'],
    ['Processing request of type ListToolsRequest'],
    ['key not found in cache: user_1'],
  ])('has nothing to say about %j', (line) => {
    expect(hintFor({ stderrTail: [line] })).toBeUndefined();
  });

  it('falls back to the system word, the signal and the exit code', () => {
    expect(hintFor({ error: 'ENOENT', stderrTail: [] })).toMatch(/Install the program/);
    expect(hintFor({ error: 'EACCES', stderrTail: [] })).toMatch(/chmod/);
    expect(hintFor({ signal: 'SIGKILL', stderrTail: [] })).toMatch(/memory/);
    expect(hintFor({ signal: 'SIGSEGV', stderrTail: [] })).toMatch(/native part/);
    expect(hintFor({ exitCode: 127, stderrTail: [] })).toMatch(/missing/);
    expect(hintFor({ exitCode: 3, stderrTail: ['bye'] })).toBeUndefined();
  });

  it('stays quick on a hostile tail', () => {
    const stderrTail = Array.from({ length: 20 }, () => `File "${'a/ '.repeat(2_700)}`);
    const before = performance.now();
    hintFor({ stderrTail });
    hintFor({ stderrTail: Array.from({ length: 20 }, () => 'npm error 404 @'.repeat(500)) });
    hintFor({ stderrTail: Array.from({ length: 20 }, () => 'A_B missing '.repeat(600)) });
    expect(performance.now() - before).toBeLessThan(10_000);
  });
});
