import type { CodeText } from '../code-names.js';

/** Codes of the status page. */
export const uiCodes = {
  UI_KEY_UNKEPT: {
    means: 'The key that was made for the status page cannot be kept in the state folder.',
    next: 'Free the folder, or set MCP_PIPE_UI_KEY; until then each start makes another key.',
  },
  UI_FILES_MISSING: {
    means: 'The files of the status page are missing in this copy of mcp-pipe.',
    next: 'Install it anew: npm install -g mcp-pipe',
  },
  UI_KEY_NEEDED: {
    means: 'The status page was asked for something without a key.',
    next: 'Open the link that mcp-pipe printed when it started, or run mcp-pipe ui on its machine.',
  },
  UI_KEY_WRONG: {
    means: 'The status page was given a key that is not its own.',
    next: 'Run mcp-pipe ui on its machine: it prints the link with the key.',
  },
  UI_TOO_MANY_TRIES: {
    means: 'Several wrong keys came from one address; further ones are not looked at for some seconds.',
    next: 'Wait, then enter the key of mcp-pipe ui.',
  },
  UI_READ_ONLY: {
    means: 'The key may look and change nothing.',
    next: 'Use the other key of "ui" for actions.',
  },
  UI_FOREIGN: {
    means:
      'A request to the status page came from a page of another address, or by a name that is not served.',
    next: 'If the name is yours, write it into "allowedHosts" of "ui".',
  },
  UI_PROXY_WITHOUT_KEY: {
    means: 'A request came through a proxy to a status page without a key, so that everyone could use it.',
    next: 'Set MCP_PIPE_UI_KEY, or "key" in "ui".',
  },
  UI_NOT_FOUND: {
    means: 'The status page has nothing at this path.',
    next: 'Open / instead.',
  },
  UI_BAD_REQUEST: {
    means: 'The status page cannot read a request.',
    next: 'POST a JSON object with Content-Type: application/json and X-MCP-Pipe: page.',
  },
  UI_BUSY: {
    means: 'Too many pages or requests are open at a time.',
    next: 'Close some, or try again in a few seconds.',
  },
  UI_TIMED_OUT: {
    means: 'What was asked for on the status page was not done in time, and was cancelled.',
    next: 'Look at the log of the server, then try again.',
  },
  UI_RESULT_TOO_LONG: {
    means: 'The result of a tool is too long for the status page.',
    next: 'Call it in a terminal: mcp-pipe call SERVER TOOL',
  },
  UI_STOPPING: {
    means: 'The status page was asked for something while mcp-pipe starts or stops.',
    next: 'Try again in a few seconds.',
  },
} satisfies Readonly<Record<string, CodeText>>;

/** What lines of the log about the status page tell. */
export const uiEvents = {
  'ui-address': 'The status page is served at this address.',
  'ui-action': 'A person has asked for an action on the status page.',
  'ui-counts-later': 'A page or metrics came with a reload; calls are counted from the next start on.',
};
