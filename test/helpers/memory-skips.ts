import type { Skips } from './skips.js';

/** Not run in memory. Only a test that cannot run there by its nature has a line; every other one has to pass. */
export const SKIPPED_IN_MEMORY: Skips = {
  ask: {
    'progress of our own question reaches us and never the endpoint':
      'its server is a package of somebody else',
  },
  diagnosis: {
    'tells a TLS failure: wss:// spoken to a plain port': 'about TLS',
  },
  ends: {
    'a detached grandchild that keeps writing to stdout': 'about processes that a server starts',
    'a detached grandchild that keeps writing to stderr': 'about processes that a server starts',
  },
  handshake: {
    'an endpoint that gives up on initialize quickly never does so on a server that starts slowly':
      'the embedded endpoint listens on a TCP port',
  },
  hostile: {
    'bytes that are no clean JSON > in a binary frame are reported as noise':
      'a channel in memory has one kind of frames',
  },
  'lease-lost': { '*': 'about lock files and the processes that hold them' },
  liveness: {
    'answers the endpoint’s pings': 'about pings of the WebSocket protocol',
    'finds a half-open socket within its bound and dials again; the server lives on':
      'about pings of the WebSocket protocol',
    'keeps an idle socket that answers pings': 'about pings of the WebSocket protocol',
    'recovers from the self-hosted endpoint’s fault: a connection that replaced another one is forgotten':
      'the embedded endpoint listens on a TCP port',
    'reads what came while mcp-pipe stood still before it takes an endpoint for deaf':
      'about what a socket holds unread',
    'renews a connection that was forgotten before anything was asked on it':
      'the embedded endpoint listens on a TCP port',
  },
  proxy: { '*': 'about HTTP proxies' },
  rotate: {
    'the endpoint > sees never more than one connection, and every call of a steady caller gets an answer or a code':
      'the embedded endpoint listens on a TCP port',
  },
  sending: { '*': 'about what TCP has taken and nobody has read' },
  strays: { '*': 'about processes that a server leaves behind' },
};
