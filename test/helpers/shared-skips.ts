import type { Skips } from './skips.js';

// What is true instead of the skipped tests, test/integration/shared.test.ts shows.
const ONCE = 'a process that others use is initialised once, and not restarted for a client (D132)';
const PASSTHROUGH = 'handshake: "passthrough" cannot be shared';
const IDS = 'a server of several clients gets ids and progress tokens of mcp-pipe’s own';
const ALL_CALLS = 'about counts of the server, which are those of all its clients';

/**
 * Not run with a second client of the server. Only what is by design different there has a line; every other test has to
 * pass.
 */
export const NOT_WITH_A_SECOND: Skips = {
  bytes: {
    'from the endpoint to the server > writes every frame as exactly one line, unchanged': IDS,
    'from the endpoint to the server > compacts a frame with raw newlines into one line and changes nothing else':
      IDS,
  },
  ends: {
    'a link dials again > only when the fresh server is ready that its last initialize asked for': ONCE,
    'a server that closes one of its pipes and runs on > counts as down when that was stdin, as soon as something is sent to it':
      'the second client sends it something first',
    'a relaying endpoint keeps its server when a new caller initialises differently after a drop': ONCE,
  },
  eras: { '*': ONCE },
  handshake: {
    'downstreams that differ from the expected one': ONCE,
    'handshake: "passthrough"': PASSTHROUGH,
  },
  hostile: {
    'an initialize > that ends every server is answered with an error, and the next, ordinary one works':
      ONCE,
    'an initialize > that ends every server is answered with an error each time it comes': ONCE,
    'an initialize > reaches a server that has refused the greeting and the connection before':
      'the server takes the third initialize, which is one of the second client',
  },
  'lease-lost': {
    'nothing is dialled, and no server started, while the store of leases does not answer, and that is said':
      'the second client has a lease and starts the server',
  },
  'ready-servers': {
    'a ready server answers initialize at once, and lives on > as the self-hosted endpoint asks': ONCE,
    'a ready server answers initialize at once, and lives on > without roots': ONCE,
    'a ready server answers initialize at once, and lives on > without capabilities': ONCE,
    'a ready server answers initialize at once, and lives on > with elicitation': ONCE,
    'a ready server answers initialize at once, and lives on > whoever of several callers comes first after a drop':
      ONCE,
    'what an endpoint cannot be asked > costs a server that is known to ask for it its process, unless somebody uses it':
      ONCE,
  },
  'server-liveness': {
    'names a call that stays unanswered, once, and shows it while it runs': ALL_CALLS,
    'waits for as many unanswered calls as it is told to': ALL_CALLS,
    'counts what was answered, what failed and when the last call came': ALL_CALLS,
  },
  'stale-replies': {
    'replies reach the call that asked > and so does progress, although a call of an ended connection hangs with the same token':
      IDS,
    'arrays of messages > cancel the right one of two calls with the same id': IDS,
  },
  unmatched: {
    'an answer whose id is another type is said as what it is': IDS,
    'an answer whose id is a call that is answered is said as what it is': IDS,
    'an answer as a number to an id that is a text is said as well': IDS,
    'an answer of another type leads to the id that was asked, and not from one connection to the next': IDS,
    'a second answer under an alias, an id that no endpoint knows, is left out': IDS,
  },
};

/** Of those, the ones that only a multiplexer passes, which answers `initialize` itself. */
export const NOT_WITH_A_SECOND_PIPE: Skips = {
  ends: {
    'stop > answers an initialize that waits for a server at once, and waits for nobody':
      'a further client hears the recorded answer at once, whether or not the server runs (D132)',
  },
};

/** Whether the last call of the second client may stay unanswered: the server answers nothing when the test ends. */
export const SERVER_IS_STUCK: Skips = {
  ends: {
    'a link dials again > although its server hangs and the pipe to it is full': 'it hangs',
  },
  'server-liveness': {
    'pings and restarts nobody when it is told not to, and says all the same what is unanswered': 'it hangs',
  },
};
