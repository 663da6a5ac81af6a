/** The status page, as the daemon tells of it: in the terminal, in the log, and in answers to the page. */
export const ui = {
  /** Printed once; `link` may hold a key. */
  open: ({ link }: { link: string }) => `Status page: ${link}`,
  elsewhere: ({ links }: { links: readonly string[] }) => `From other machines: ${links.join(' ')}`,
  /** On this machine alone. */
  tunnel: ({ port }: { port: number }) =>
    `From another machine: ssh -L ${port}:127.0.0.1:${port} HOST, then open the same address there; or give the page an address and a key: --ui 0.0.0.0:${port}`,
  isSecret: 'Who has this link can use every server. Do not pass it on.',
  keyKept: ({ file }: { file: string }) => `Its key was made by mcp-pipe and is kept in ${file}`,
  withKey: 'It asks for the key that the configuration has ("key" of "ui", or MCP_PIPE_UI_KEY).',
  tlsKept: 'The certificate before it is still used.',
  keyUnkept: ({ file, message }: { file: string; message: string }) =>
    `The key of the status page cannot be kept in ${file} (${message}): each start makes another one. Set MCP_PIPE_UI_KEY.`,
  /** For the log, without a key. */
  at: ({ url }: { url: string }) => `The status page is at ${url}`,
  metricsAt: ({ url }: { url: string }) => `Metrics are at ${url}`,
  countsLater:
    'The status page and metrics came with a reload: states are shown from now on, calls and latencies from the next start of mcp-pipe.',
  /** `key`: the fingerprint; undefined without a key. */
  acted: ({ action, name, key }: { action: string; name: string; key: string | undefined }) =>
    `Asked for on the status page${key === undefined ? '' : ` (key #${key})`}: ${action}${name === '' ? '' : ` ${name}`}`,
  refusals: {
    UI_KEY_NEEDED: 'A key is needed. Open the link that mcp-pipe printed when it started, or enter the key.',
    UI_KEY_WRONG:
      'This key is not the one of this mcp-pipe. Its link was printed when it started; "key" of "ui" or MCP_PIPE_UI_KEY may say another one.',
    UI_TOO_MANY_TRIES: 'Too many wrong keys came from this address. Wait a few seconds, then try again.',
    UI_READ_ONLY: 'This key may only look. Open the page with the other key to change anything.',
    UI_FOREIGN:
      'This request comes from a page of another address, or by a name that is not served here. If the name is yours, write it into "allowedHosts" of "ui".',
    UI_PROXY_WITHOUT_KEY:
      'This request came through a proxy, and this page has no key. Set MCP_PIPE_UI_KEY, or "key" in "ui", so that not everyone can use it.',
    UI_NOT_FOUND: 'Nothing is served at this path.',
    UI_BAD_REQUEST:
      'This request cannot be read: POST with JSON, Content-Type: application/json and X-MCP-Pipe: page.',
    UI_BUSY: 'Too many requests or pages are open at a time. Close some, or try again in a few seconds.',
    UI_TIMED_OUT: 'There was no answer in time; the call was cancelled.',
    UI_RESULT_TOO_LONG:
      'The result is too long for the page. Call the tool in a terminal: mcp-pipe call SERVER TOOL',
    UI_FILES_MISSING:
      'This copy of mcp-pipe lacks the files of the status page. Install it anew: npm install -g mcp-pipe',
    UI_STOPPING: 'mcp-pipe is starting or stopping. Try again in a few seconds.',
  },
};
