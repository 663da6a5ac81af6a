import type { RpcCodeWords } from '../rpc-code-names.js';

/**
 * What the codes of JSON-RPC errors mean that a caller may see, and what to do: those of mcp-pipe, by their name in
 * `ErrorCode`, then those of the embedded endpoint, and of JSON-RPC 2.0 §5.1 where mcp-pipe answers with them itself.
 */
export const rpcCodes: RpcCodeWords = {
  serverExited: {
    means:
      'The server, or the session with a remote one, ended while this call was running. The call was not repeated.',
    next: 'Call again: the server is started again. If it happens with every call, mcp-pipe call shows what the server writes before it ends.',
  },
  serverDown: {
    means: 'The server is not running, and did not come back in time.',
    next: 'Call again in a few seconds. mcp-pipe health says why the server does not run.',
  },
  endpointGone: {
    means: "The endpoint's connection ended before it answered this request of the server.",
    next: 'Nothing: the server may ask again on the next connection.',
  },
  shuttingDown: {
    means: 'mcp-pipe is stopping and takes no more calls.',
    next: 'Call again when mcp-pipe runs again.',
  },
  oversize: {
    means: 'The message, or the answer to it, is larger than "maxFrameBytes".',
    next: 'Ask for less at a time, or raise "maxFrameBytes" in "settings".',
  },
  notInitialized: {
    means: 'The server runs, but mcp-pipe has not initialised it, so it cannot ask it anything by itself.',
    next: 'Wait until the endpoint has connected, or take "handshake": "passthrough" away from the server.',
  },
  cancelled: {
    means: 'Whoever made the call has cancelled it.',
    next: 'Nothing.',
  },
  serverBusy: {
    means: 'The server has not read its input for seconds; the request was not passed on.',
    next: 'Call again later, with fewer calls at a time. A server that stays like this hangs: start it again.',
  },
  callTimeout: {
    means: 'The server did not answer within "callTimeoutMs".',
    next: 'Ask for less at a time; if the tool needs that long, raise "callTimeoutMs" in "settings".',
  },
  noCaller: {
    means: 'A server asked for something, and no caller is connected that could answer.',
    next: 'Nothing: it is answered once a caller is connected that can do it.',
  },
  turnOver: {
    means: 'The connection went to another server, link or mcp-pipe before this call was answered.',
    next: 'Call again when it is the turn of this server. A longer "rotateBusyMs" leaves calls more time; mode mux needs no turns.',
  },
  notItsTurn: {
    means: 'The servers of this token take turns, and this server waits for its turn.',
    next: 'Call again when it is its turn, or use mode mux, in which all servers are there at once.',
  },
  unreadable: {
    means: 'The server has answered, but its answer cannot be passed on; "data.why" says why.',
    next: 'Tell the author of the server; mcp-pipe call shows the answer.',
  },
  tooManyServerRequests: {
    means: 'Too many requests of this server to the endpoint are unanswered, so this one was not passed on.',
    next: 'Nothing, if it passes; otherwise tell the author of the server.',
  },
  configChanged: {
    means:
      'The configuration was changed: the link is being replaced, or the link or server is gone. Or somebody has paused it.',
    next: 'Call again in a few seconds. What was removed stays away until it is in the configuration again, what was paused until mcp-pipe resume.',
  },
  clientTooSlow: {
    means:
      'The client has not read its answers for seconds while others use the server; this one was dropped.',
    next: 'Call again. If it happens often, the network of the endpoint is too slow for these answers.',
  },
  connectionRenewed: {
    means: 'The connection was renewed before this call was answered.',
    next: 'Call again: mcp-pipe has dialled again already.',
  },
  requestRejected: {
    means:
      'The remote server, or something on the way to it, rejected the call, so it had no effect; "data.cause" says why.',
    next: 'Call again, after "data.retryAfterMs" if it is there. If it stays like this, mcp-pipe doctor shows where it fails.',
  },
  answerLost: {
    means:
      'The answer of the remote server was cut, or was no answer. The call may have had its effect and was not repeated.',
    next: 'See whether it had its effect before you call again. "retrySafeCalls" repeats calls of tools that are marked as safe to repeat.',
  },
  notAllowed: {
    means: 'The key, agent or server does not allow this; the server did not get the call.',
    next: 'Use another key, or allow it: mcp-pipe key list shows what each key allows, docs/policy.md what a server does.',
  },
  tooManyCalls: {
    means: 'More calls than the key, address or tool may make in this time; the server did not get the call.',
    next: 'Call again after "data.retryAfterMs". To allow more: "rate", in docs/policy.md.',
  },
  serverFull: {
    means:
      'As many calls run as the server or the key may have, and as many wait; the server did not get the call.',
    next: 'Call again after "data.retryAfterMs". To allow more: "concurrent" and "queue", in docs/policy.md.',
  },
  serverFailing: {
    means: 'The server has failed several times in a row, so it gets no calls for a while.',
    next: 'Call again after "data.retryAfterMs"; then one call tries it. mcp-pipe health says how it fails.',
  },
  notApproved: {
    means:
      'The call needs the approval of a person, who declined or did not answer in time; the server did not get the call.',
    next: 'Ask the person to approve it on the status page or with mcp-pipe approve, then call again.',
  },
  toolChanged: {
    means:
      'The definition of this tool has changed, and the tool is held until a person has approved the change.',
    next: 'See what has changed, and approve it: mcp-pipe approve.',
  },
  noServer: {
    means: 'No server is connected for this token (said by the endpoint).',
    next: 'Start mcp-pipe with this token; while it runs, it dials again by itself.',
  },
  serverLost: {
    means: "The server's connection ended before it answered (said by the endpoint).",
    next: 'Call again: mcp-pipe dials again by itself.',
  },
  noSuchMethod: {
    means: 'The server does not know the method.',
    next: 'See what it offers: mcp-pipe tools.',
  },
  invalidParams: {
    means: 'The server has no such tool now, or does not take these arguments.',
    next: 'See what it offers: mcp-pipe tools SERVER.',
  },
  editRefused: {
    means:
      'A running mcp-pipe does not take over the changed configuration (said by its control socket). What ran before runs on.',
    next: 'Correct what the findings in "data" name, then mcp-pipe reload.',
  },
  cannotDo: {
    means: 'This mcp-pipe cannot do what it was asked (said by its control socket).',
    next: 'Do what the text says: most often, start it with a configuration, or end it where it was started.',
  },
  invalidRequest: {
    means: 'The message is no JSON-RPC request, or its id is too long.',
    next: 'Nothing on your side, unless you wrote the program that asked: send one JSON-RPC 2.0 message at a time.',
  },
  notJson: {
    means: 'The message is not JSON.',
    next: 'Nothing on your side, unless you wrote the program that asked: send JSON in UTF-8.',
  },
  internalError: {
    means:
      'The server failed at this call, its answer cannot be read, or there are too many subscriptions; the text says which.',
    next: 'Call again; if it stays like this, mcp-pipe call shows what the server answers. Tell its author.',
  },
  headerMismatch: {
    means: 'The headers of an HTTP request do not fit its body (MCP 2026-07-28).',
    next: 'Correct the client: the headers repeat method, name and version of the body.',
  },
  missingCapability: {
    means: 'The request needs a capability that the client has not declared (MCP 2026-07-28).',
    next: 'Declare it in the client, or do without.',
  },
  wrongVersion: {
    means: 'The client asks for a version of MCP that is not spoken here; "data" lists those that are.',
    next: 'Use one of them: most clients choose by themselves.',
  },
};
