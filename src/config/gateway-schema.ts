import * as z from 'zod';
import { QUEUE } from '../policy/limit-defaults.js';
import { concurrent, queue } from './calls-schema.js';
import { GATEWAY } from './gateway-defaults.js';
import { grantKeys } from './grant-schema.js';
import { jwtShape } from './jwt-schema.js';
import { oauthShape } from './oauth-schema.js';
import { duration, rate, size, text, textLike, wants, yesOrNo } from './shapes.js';

const texts = z.union([text, z.array(text, wants('texts'))], wants('texts'));
const badPort = wants('gateway-port');
const badSessions = wants('number', { least: 1, most: GATEWAY.mostSessions });
const badConnections = wants('number', { least: 1, most: GATEWAY.mostConnections });
const connections = z
  .number(badConnections)
  .int(badConnections)
  .min(1, badConnections)
  .max(GATEWAY.mostConnections, badConnections);

/** A key that allows less than everything, or that stands in the file as its hash. */
export const gatewayKey = z.strictObject(
  {
    key: text.optional().describe(`The key itself, as a variable: "\${KEY_AN}". It is a secret.`),
    hash: text
      .optional()
      .describe(
        'Instead of the key: its hash, as `mcp-pipe key hash` prints it. Then the key stands nowhere on this machine.',
      ),
    ...grantKeys,
    expires: text
      .optional()
      .describe(
        'The day from whose beginning, in UTC, it is not good any more, or a time: "2027-01-01". Default: never.',
      ),
  },
  wants('gateway-key'),
);
const key = z.union([text, gatewayKey], wants('gateway-key'));

/** The section `gateway`; `true` is one with the defaults. */
export const gateway = z.strictObject(
  {
    host: text
      .optional()
      .describe(
        'The address of this machine to listen on. Default: "127.0.0.1", this machine alone. "0.0.0.0" or "::" is every address: then write keys.',
      ),
    port: z
      .union([z.number(badPort).int(badPort).min(0, badPort).max(65_535, badPort), text], badPort)
      .optional()
      .describe(
        `The port; 0 is any free one. A text may name a variable: "\${PORT}". Default: ${GATEWAY.port}, as other gateways have it.`,
      ),
    keys: z
      .record(z.string(), key, wants('gateway-keys'))
      .optional()
      .describe(
        'API keys by the name of who has them. A client sends one as "Authorization: Bearer …" or "X-API-Key: …". They are secrets. A key alone opens everything; an object says what it opens. Keys of `mcp-pipe key` come on top. Default: the variable MCP_PIPE_KEY, if it is set; without any key, none is asked for.',
      )
      .meta({
        examples: [
          {
            me: '$' + '{MCP_PIPE_KEY}',
            guest: { key: '$' + '{KEY_GUEST}', servers: ['weather'], readOnly: true },
          },
        ],
      }),
    oauth: z
      .union([z.boolean(), oauthShape], wants('gateway-oauth'))
      .optional()
      .describe(
        'An authorization server of its own, for clients that speak OAuth only, as Claude.ai and ChatGPT: a person lets a client in with a key, and the client may do what that key allows. true, or an object as below. See docs/oauth.md. Default: false.',
      ),
    publicUrl: text
      .optional()
      .describe(
        'Where clients have the gateway: "https://mcp.example.com", for instance behind a proxy. Tokens are issued for addresses below it. Default: as clients address it.',
      ),
    jwt: jwtShape
      .optional()
      .describe(
        'Issuers whose access tokens (JWT) are taken instead of a key: an object as below, or a list of them. MCP clients log in there by OAuth. See docs/gateway.md.',
      ),
    keyFile: text
      .optional()
      .describe(
        'The file in which `mcp-pipe key` keeps its keys. Default: the variable MCP_PIPE_KEYS_FILE, else keys.json in the state folder of this configuration.',
      ),
    allowedOrigins: texts
      .optional()
      .describe(
        'Web pages that may use the gateway, by their origin: "https://app.example.com"; "*" is every page. A regular expression stands between slashes and is searched for in the whole origin: begin it with ^ and end it with $. Default: none but its own.',
      ),
    allowedHosts: texts
      .optional()
      .describe(
        'Names under which clients may address it, beside its own: "mcp.example.com", for instance behind a proxy; "*" is every name.',
      ),
    exposedHeaders: texts
      .optional()
      .describe('Response headers that web pages may read, beside those of MCP.'),
    stateless: yesOrNo
      .optional()
      .describe(
        'true: no sessions over Streamable HTTP; each request stands by itself, so servers cannot ask clients anything. Default: false.',
      ),
    replica: text
      .optional()
      .describe(
        'The name of this replica, if several run behind a proxy: ids of sessions begin with it and a dot, so that the proxy finds the replica that has the session. Letters, digits, _ and -, 32 at most. Default: the variable MCP_PIPE_REPLICA, if it is set; else ids have no name.',
      )
      .meta({ examples: ['a'] }),
    sessionKey: text
      .optional()
      .describe(
        `Signs ids of sessions; the same for all replicas, 32 characters or more. It is a secret. With it, a replica can tell an id of another replica, which a proxy should not have sent it, from one that was made up: log and metrics say which. Default: the variable MCP_PIPE_SESSION_KEY, if it is set; else a random one, which no other replica knows.`,
      )
      .meta({ examples: ['$' + '{MCP_PIPE_SESSION_KEY}'] }),
    sessionIdle: duration(GATEWAY.leastSessionIdleMs)
      .optional()
      .describe(
        `A session without a call and without an open stream ends after this long, in milliseconds or as a text: "30s", "5m", "1h". Default: ${GATEWAY.sessionIdleMs}.`,
      ),
    maxSessions: z
      .number(badSessions)
      .int(badSessions)
      .min(1, badSessions)
      .max(GATEWAY.mostSessions, badSessions)
      .optional()
      .describe(`Sessions at a time. Default: ${GATEWAY.maxSessions}.`),
    maxBody: size(GATEWAY.leastBodyBytes, GATEWAY.mostBodyBytes)
      .optional()
      .describe(
        `The longest request, in bytes or as a text: "512KB", "16MB". A longer one is answered with 413. Default: ${GATEWAY.maxBodyBytes}.`,
      ),
    rate: rate
      .optional()
      .describe(
        'How many calls a client may make in a time, as "100/m", "10/s" or "5/30s"; true is 100 in a minute. Calls of all sessions with one key count together; without keys, those of an address. More are answered with 429. Default: any number.',
      ),
    ratePerAddress: rate
      .optional()
      .describe(
        'How many calls may come from an address, whatever their keys, as "100/m"; of IPv6, from a /64 network. Default: any number.',
      ),
    concurrent: concurrent
      .optional()
      .describe(
        'How many calls of a client run at a time, of all its sessions together: of a key, or without keys of an address. Further ones wait. Default: any number.',
      ),
    queue: queue
      .optional()
      .describe(`How many calls of a client wait for that; further ones get an error. Default: ${QUEUE}.`),
    insecureNoAuth: yesOrNo
      .optional()
      .describe(
        'true: other machines may use the gateway without a key. Without it, a gateway on an address that they reach, and without keys, is refused. Default: false.',
      ),
    trustProxy: texts
      .optional()
      .describe(
        'Networks of the proxies in front, as "10.0.0.0/8": what they say of the client in Forwarded, X-Forwarded-For, -Proto and -Host is believed. Default: none is.',
      )
      .meta({ examples: [['127.0.0.1', '10.0.0.0/8']] }),
    tls: z
      .strictObject(
        {
          cert: text.optional().describe('The file of the certificate and its chain, in PEM.'),
          key: text.optional().describe('The file of its private key, in PEM.'),
        },
        wants('gateway-tls'),
      )
      .optional()
      .describe(
        'Files for HTTPS and secure WebSockets; they are read again when they change. Paths begin at the folder of this file. Default: HTTP.',
      )
      .meta({ examples: [{ cert: 'fullchain.pem', key: 'privkey.pem' }] }),
    maxConnections: connections
      .optional()
      .describe(`Connections at a time. Default: ${GATEWAY.maxConnections}.`),
    maxConnectionsPerAddress: connections
      .optional()
      .describe(
        'Connections of one address, but for those of "trustProxy". Default: half of "maxConnections".',
      ),
    maxSessionsPerKey: z
      .number(badSessions)
      .int(badSessions)
      .min(1, badSessions)
      .max(GATEWAY.mostSessions, badSessions)
      .optional()
      .describe('Sessions of one key at a time. Default: half of "maxSessions".'),
    responseHeaders: z
      .record(z.string(), textLike, wants('object-of-texts'))
      .optional()
      .describe('Headers of every response, of the answers to WebSocket handshakes as well.')
      .meta({ examples: [{ 'X-Frame-Options': 'DENY' }] }),
    paths: z
      .strictObject(
        {
          http: texts.optional().describe('More paths of Streamable HTTP, beside /mcp.'),
          sse: texts.optional().describe('More paths of HTTP+SSE, beside /sse.'),
          message: texts
            .optional()
            .describe('More paths that clients of HTTP+SSE send to, beside /messages/.'),
          ws: texts.optional().describe('More paths of WebSocket, beside /ws.'),
          health: texts.optional().describe('More paths of the health check, beside /health.'),
        },
        wants('gateway-paths'),
      )
      .optional()
      .describe('Further paths of all servers together, as clients of other gateways have them.'),
  },
  wants('gateway'),
);

export type RawKey = z.infer<typeof key>;
