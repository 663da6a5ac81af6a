import type { Skips } from './skips.js';

const PROCESSES = 'about processes on this machine';
const STDERR = 'about stderr, which stays where the server runs';
const NO_SESSION = 'MCP 2026-07-28 over HTTP has no session that could end';
const PIPES = 'about the pipes of a process';

/** Not run over remote servers. Only what is about processes, or by design different there, has a line; every other test has to pass. */
export const NOT_REMOTE: Skips = {
  diagnosis: {
    'takes a 4004 while its server owes the answer to initialize for the server’s slowness': STDERR,
  },
  ends: {
    'a link dials again > although the connection that made it replace its server ended before the fresh one was ready':
      NO_SESSION,
    'a detached grandchild that keeps writing to stdout': PROCESSES,
    'a detached grandchild that keeps writing to stderr': PROCESSES,
    'a server that closes one of its pipes and runs on': PIPES,
  },
  handshake: {
    'a link dials only when its server answers > shows the last stderr lines of a server that never answers, and does not dial':
      STDERR,
  },
  'ready-servers': {
    'what an endpoint cannot be asked > costs a server that is known to ask for it its process, unless somebody uses it':
      'over HTTP a server can ask nothing before the client listens',
  },
  'stale-replies': {
    'replies reach the call that asked > also when more calls were cancelled than are remembered, and the server answers them all the same':
      'over HTTP the stream of a cancelled call is not read any more',
  },
  strays: { '*': PROCESSES },
  survival: {
    'the socket survives a dead server > reports a command that does not exist as such': PROCESSES,
  },
  unreadable: {
    'the greeting > may begin with a byte order mark, also after a restart': PIPES,
  },
};
