import type { EnvLineKind, FindingText, OddFile, OtherFormat } from '../parts.js';

export const oddFiles: Record<OddFile, string> = {
  folder: 'a folder',
  pipe: 'a pipe (FIFO)',
  socket: 'a socket',
  device: 'a device',
  'too-long': 'a file that is far too long',
  'not-utf8': 'a text that is not UTF-8',
};

const AS_JSON =
  'Write it as JSON: { "mcpServers": { "name": { "command": "npx", "args": ["-y", "package"] } } }';
const formats: Record<OtherFormat, { got: string; next: string }> = {
  yaml: { got: 'YAML', next: AS_JSON },
  toml: { got: 'TOML', next: AS_JSON },
  fence: {
    got: 'the ``` of Markdown around it',
    next: 'Remove the lines that begin with ```, the first and the last one.',
  },
  'typographic-quotes': {
    got: 'typographic quotation marks (“ ”)',
    next: 'Replace each of them with a straight one ("); a plain text editor leaves them straight.',
  },
  'odd-spaces': {
    got: 'a space that only looks like one, as web pages and chats have it',
    next: 'Delete it, and type it anew.',
  },
  'wide-marks': {
    got: 'punctuation of a Chinese or Japanese keyboard (： ，)',
    next: 'Type it anew on an English keyboard: : , { } [ ].',
  },
  'half-json': {
    got: 'a part of a file, without the braces around it',
    next: 'Put { before its first line and } behind its last one.',
  },
  env: {
    got: 'lines such as NAME=value',
    next: 'They belong into a file .env beside it. Here stands JSON: { "mcpServers": { … } }',
  },
  javascript: { got: 'JavaScript', next: 'Leave only the object: the file begins with { and ends with }.' },
  xml: { got: 'HTML or XML', next: 'Download the file itself, not the page that shows it.' },
};

const lines: Record<EnvLineKind, string> = {
  powershell: 'a line for PowerShell',
  'windows-prompt': 'a line for the Windows prompt',
  shell: 'a line for a shell',
  json: 'a line of JSON',
  address: 'an address without a name',
  other: 'another line',
};

/** Findings about whole files and their lines. */
export const fileFindings = {
  'file-odd': ({ what }: { what: OddFile }) => ({
    expected: 'an ordinary text file',
    got: oddFiles[what],
    next: 'Name a file with the text in it.',
  }),
  'not-utf8': () => ({
    expected: 'a text in UTF-8',
    got: 'another encoding, in this line first',
    next: 'Open it in an editor and save it as UTF-8 (in Notepad: Save as, Encoding: UTF-8).',
  }),
  'other-format': ({ format }: { format: OtherFormat }) => ({ expected: 'JSON', ...formats[format] }),
  'reserved-name': () => ({
    expected: 'a name of its own',
    got: '"__proto__", which JavaScript keeps for itself',
    next: 'Write another name: nothing that is called so can be used.',
  }),
  'unnamed-server': () => ({
    expected: 'a name with visible characters',
    got: 'a server without a name',
    next: 'Write a name in front of its braces, for instance "memory": commands and health call the server by it.',
  }),
  'too-deep': ({ most }: { most: number }) => ({
    expected: `at most ${most} brackets inside each other`,
    got: 'more',
    next: 'Remove what does not belong to the configuration; a server needs four.',
  }),
  'env-line': ({ kind, name }: { kind: EnvLineKind; name: string | undefined }) => ({
    expected: 'a line NAME=value',
    got: lines[kind],
    next:
      name === undefined
        ? 'It sets nothing: write NAME=value, or a # in front of it.'
        : `It sets nothing: write ${name.toUpperCase()}= and the value behind it, without spaces and without anything in front.`,
  }),
  'env-name': ({ name, meant }: { name: string; meant: string }) => ({
    expected: meant,
    got: name,
    next: `Write ${meant}=…: the name counts exactly as it is spelt, capital letters too.`,
  }),
  'file-replaced': () => ({
    expected: 'the file as it is on the host now',
    got: 'the one before: it was replaced there, and the mount keeps what was mounted',
    next: 'On the host: docker compose restart mcp-pipe. An editor that changes the file in place (nano, or vim with backupcopy=yes) needs no restart.',
  }),
  'env-file-closed': ({ user }: { user: number }) => ({
    expected: `a file that user ${user} of the container may read`,
    got: 'no permission',
    next: 'The variables that the container was made with count. For edits to be read while it runs, on the host: chmod 644 .env; or after each edit: docker compose up -d.',
  }),
  'file-misnamed': ({ found, wanted }: { found: string; wanted: string }) => ({
    expected: `the name ${wanted}`,
    got: found,
    next: `Rename it to ${wanted} (Windows hides endings such as .txt).`,
  }),
} satisfies Record<string, (params: never) => FindingText>;
