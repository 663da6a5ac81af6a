import type { WhyUnreadable } from './unreadable.js';

const PRINTS =
  'Let everything but messages go to stderr (Python: print(…, file=sys.stderr), Node.js: console.error).';

/**
 * Why an answer is unreadable, as text behind a colon, and the fix. Used in error replies, which are in English, and in the
 * log.
 */
export const unreadableWords: Readonly<Record<WhyUnreadable, { what: string; fix: string }>> = {
  encoding: {
    what: 'it is not UTF-8',
    fix: 'On Windows, Python writes the code page of the system (GBK, CP1258, CP1252): add "PYTHONUTF8": "1" to the "env" of this server. Any other program has to be told to write UTF-8.',
  },
  'utf-16': {
    what: 'it is UTF-16, not UTF-8',
    fix: 'Let the program write UTF-8; in PowerShell: [Console]::OutputEncoding = [Text.UTF8Encoding]::new().',
  },
  colours: {
    what: 'there are colour codes for terminals around it on its line',
    fix: `Add "NO_COLOR": "1" to the "env" of this server. ${PRINTS}`,
  },
  'text-around': {
    what: 'other text stands on the same line',
    fix: `An answer is a line of its own. ${PRINTS}`,
  },
  'several-messages': {
    what: 'several messages stand on one line',
    fix: 'The server has to end each message with a line break (\\n).',
  },
  'several-lines': {
    what: 'it goes over several lines',
    fix: 'The server has to write each message on one line: without indentation, and with \\n for a line break inside a text.',
  },
  'no-jsonrpc': {
    what: 'the member "jsonrpc": "2.0" is missing',
    fix: 'The server has to put it into every message (JSON-RPC 2.0).',
  },
  'no-outcome': {
    what: 'it has neither "result" nor "error"',
    fix: 'The server has to put one of them into every answer; in JavaScript, a result that is undefined disappears: "result": {}.',
  },
  'not-a-number': {
    what: 'it holds NaN or Infinity, which JSON does not have',
    fix: 'The tool has to return null or a text for it (Python: json.dumps(…, allow_nan=False) finds the place).',
  },
  python: {
    what: 'it is a Python object as print shows it, with single quotes, True or None',
    fix: 'The server has to write it with json.dumps(…).',
  },
  'trailing-comma': {
    what: 'a comma stands in front of a closing bracket',
    fix: 'The server has to build its JSON with a JSON library.',
  },
  'control-character': {
    what: 'a text holds a raw control character, such as a tab, that has to be written as an escape (\\t)',
    fix: 'The server has to build its JSON with a JSON library.',
  },
  syntax: {
    what: 'it is not valid JSON',
    fix: 'The server has to build its JSON with a JSON library.',
  },
};
