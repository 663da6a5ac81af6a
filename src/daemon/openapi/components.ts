import type { GatewayPlan } from '../../config/gateway-plan.js';
import { OAUTH_PATHS } from '../oauth/oauth-paths.js';

const REQUEST_ID = '7b1c9d1e-6a54-4f0e-9f53-0d6f2a0e6c1b';

interface Scheme {
  scheme: object;
  /** That a client shall ask for. */
  scopes: readonly string[];
}

/** How callers show who they are, by name. Pure. */
export function securitySchemes(gateway: GatewayPlan, base: string): Record<string, Scheme> {
  const { jwt = [], oauth } = gateway;
  const issuers = jwt.map(({ issuer, scopes }, i): [string, Scheme] => [
    jwt.length === 1 ? 'issuer' : `issuer${i + 1}`,
    {
      scheme: {
        ...{ type: 'openIdConnect', description: `Tokens of ${issuer}` },
        openIdConnectUrl: `${issuer.replace(/\/$/, '')}/.well-known/openid-configuration`,
      },
      scopes,
    },
  ]);
  const flow = {
    authorizationUrl: base + OAUTH_PATHS.authorize,
    tokenUrl: base + OAUTH_PATHS.token,
    scopes: {},
  };
  return {
    bearer: {
      scheme: { type: 'http', scheme: 'bearer', description: 'An API key, or an access token' },
      scopes: [],
    },
    apiKey: { scheme: { type: 'apiKey', in: 'header', name: 'X-API-Key' }, scopes: [] },
    ...(oauth
      ? { oauth: { scheme: { type: 'oauth2', flows: { authorizationCode: flow } }, scopes: [] } }
      : {}),
    ...Object.fromEntries(issuers),
  };
}

/** What the guard says, whatever the address; `isOfKeys`: only where a key is asked for. */
export const REFUSALS = [
  { status: '400', name: 'BadRequest', isOfKeys: false },
  { status: '401', name: 'Unauthorized', isOfKeys: true },
  { status: '403', name: 'Forbidden', isOfKeys: true },
  { status: '429', name: 'TooManyRequests', isOfKeys: false },
] as const;

const refused = (description: string, code: number, message: string, headers: object = {}) => ({
  description,
  headers: { 'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' }, ...headers },
  content: {
    'application/json': {
      schema: { $ref: '#/components/schemas/Error' },
      example: { jsonrpc: '2.0', id: null, error: { code, message, data: { requestId: REQUEST_ID } } },
    },
  },
});

export const COMPONENTS = {
  headers: {
    'X-Request-Id': {
      description: 'Stands in the error, in the log and in the audit log as well.',
      schema: { type: 'string' },
      example: REQUEST_ID,
    },
  },
  responses: {
    BadRequest: refused(
      'The request names several hosts, or is no HTTP',
      -32_600,
      'a request names one Host',
    ),
    Unauthorized: refused(
      'No key or token, or one that is not good. WWW-Authenticate says where to log in, if there is a login.',
      -32_600,
      'an API key is needed: send "Authorization: Bearer KEY" or "X-API-Key: KEY"',
      { 'WWW-Authenticate': { schema: { type: 'string' }, example: 'Bearer realm="mcp-pipe"' } },
    ),
    Forbidden: refused(
      'A Host or Origin that is not served here, or a token without the scope that is needed',
      -32_600,
      'this token lacks a scope that is needed here: mcp.read',
    ),
    TooManyRequests: refused(
      'Too many wrong keys, or more calls than allowed: come again after Retry-After',
      -31_021,
      'too many calls',
      { 'Retry-After': { description: 'In seconds', schema: { type: 'string' }, example: '5' } },
    ),
  },
  schemas: {
    Message: {
      description: 'A message of JSON-RPC 2.0, or, up to MCP 2025-03-26, a list of them',
      type: ['object', 'array'],
    },
    Error: {
      ...{ type: 'object', required: ['jsonrpc', 'error'] },
      properties: {
        jsonrpc: { const: '2.0' },
        id: { type: ['string', 'number', 'null'] },
        error: {
          ...{ type: 'object', required: ['code', 'message'] },
          properties: {
            code: { type: 'integer', description: 'See docs/messages.md' },
            message: { type: 'string' },
            data: { type: 'object', properties: { requestId: { type: 'string' } } },
          },
        },
      },
    },
    Health: { type: 'object', required: ['status'], properties: { status: { type: 'string' } } },
  },
};
