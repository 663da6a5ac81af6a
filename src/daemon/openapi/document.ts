import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { Plan } from '../../config/plan.js';
import { PAGE_PATHS, type Speech, spokenPaths } from '../gateway/routes.js';
import { isSameAddress } from '../http/listeners.js';
import { OAUTH_PATHS } from '../oauth/oauth-paths.js';
import { COMPONENTS, REFUSALS, securitySchemes } from './components.js';
import {
  METRICS,
  type Method,
  OAUTH,
  type Operation,
  PAGES,
  RESOURCE_METADATA,
  SPOKEN,
} from './operations.js';

export interface OpenApiOptions {
  /** What is served at the address, and what else is. */
  plan: Pick<Plan, 'metrics'>;
  gateway: GatewayPlan;
  /** Of mcp-pipe. */
  version: string;
  /** Where the client has the gateway. */
  base: string;
  /** Whether callers have to show a key or a token. */
  isAsked: boolean;
}

type Paths = Record<string, Partial<Record<Method, object>>>;

/** The addresses of the gateway in OpenAPI 3.1. It names no server: which there are, `GET /` says. Pure. */
export function openApi({ plan, gateway, version, base, isAsked }: OpenApiOptions): object {
  const schemes = securitySchemes(gateway, base);
  const paths: Paths = {};
  const add = (path: string, method: Method, operation: Operation, tag: string) => {
    paths[path] = { ...paths[path], [method]: described(operation, path, tag, isAsked) };
  };
  for (const [speech, all] of spoken(gateway))
    for (const path of all)
      for (const [method, operation] of Object.entries(SPOKEN[speech])) {
        // Two ways to speak may share a path: the first that has the method.
        if (paths[path]?.[method as Method] === undefined) add(path, method as Method, operation, 'MCP');
      }
  for (const [path, page] of PAGE_PATHS) add(path, 'get', PAGES[page], 'Pages');
  for (const path of gateway.paths.health) add(path, 'get', PAGES.healthy, 'Pages');
  add('/servers/{server}/health', 'get', PAGES['server-health'], 'Pages');
  if (plan.metrics && isSameAddress(plan.metrics, gateway)) add('/metrics', 'get', METRICS, 'Pages');
  if (gateway.jwt || gateway.oauth)
    for (const path of ['', '/{address}'])
      add(`/.well-known/oauth-protected-resource${path}`, 'get', RESOURCE_METADATA, 'Login');
  if (gateway.oauth)
    for (const [path, route] of OAUTH_ROUTES)
      for (const [method, operation] of Object.entries(OAUTH[route]))
        add(path, method as Method, operation, 'Login');
  return {
    openapi: '3.1.1',
    info: {
      title: 'mcp-pipe',
      version,
      description:
        'MCP servers over Streamable HTTP, HTTP+SSE and WebSocket. GET / lists the servers that a key opens.',
      license: { name: 'MIT', identifier: 'MIT' },
    },
    servers: [{ url: base }],
    tags: ['MCP', 'Pages', 'Login'].map((name) => ({ name })),
    ...(isAsked
      ? { security: Object.entries(schemes).map(([name, { scopes }]) => ({ [name]: scopes })) }
      : {}),
    paths,
    components: {
      ...COMPONENTS,
      securitySchemes: Object.fromEntries(
        Object.entries(schemes).map(([name, { scheme }]) => [name, scheme]),
      ),
    },
  };
}

/** Paths of the authorization server, with what is done there. */
const OAUTH_ROUTES = [
  ['/.well-known/oauth-authorization-server', 'metadata'],
  ['/.well-known/openid-configuration', 'metadata'],
  [OAUTH_PATHS.jwks, 'keys'],
  [OAUTH_PATHS.authorize, 'authorize'],
  [`${OAUTH_PATHS.consent}/{login}`, 'consent'],
  [OAUTH_PATHS.token, 'token'],
  [OAUTH_PATHS.register, 'register'],
  [OAUTH_PATHS.revoke, 'revoke'],
] as const;

function spoken({ paths }: GatewayPlan): [Speech, readonly string[]][] {
  const bases = ['', '/servers/{server}', '/agents/{agent}'];
  const own = (['http', 'sse', 'message', 'ws'] as const).map((speech): [Speech, string[]] => [
    speech,
    bases.flatMap((base) => spokenPaths(base, speech)),
  ]);
  return [...own, ...own.map(([speech]): [Speech, readonly string[]] => [speech, paths[speech]])];
}

const PARAMETERS: Readonly<Record<string, string>> = {
  server: 'Name of a server',
  agent: 'Name of an agent',
  login: 'A login that has begun',
  address: 'The path of an address: mcp, or servers/NAME/mcp, without the slash in front',
};

function described(operation: Operation, path: string, tag: string, isAsked: boolean): object {
  const { summary, body, headers = [], query = [], isOpen = false, answers } = operation;
  const named = [...path.matchAll(/\{(\w+)\}/g)].map(([, name]) => name!);
  const parameters = [
    ...named.map((name) => ({
      ...{ name, in: 'path', required: true, description: PARAMETERS[name] },
      schema: { type: 'string' },
    })),
    ...headers.map((name) => ({ name, in: 'header', schema: { type: 'string' } })),
    ...query.map((name) => ({ name, in: 'query', schema: { type: 'string' } })),
  ];
  const own = Object.entries(answers).map(([status, { description, content, headers: sent = [] }]) => [
    status,
    {
      description,
      headers: {
        'X-Request-Id': { $ref: '#/components/headers/X-Request-Id' },
        ...Object.fromEntries(sent.map((name) => [name, { schema: { type: 'string' } }])),
      },
      ...(content ? { content } : {}),
    },
  ]);
  const refusals = REFUSALS.filter(
    ({ status, isOfKeys }) => (isAsked && !isOpen) || !isOfKeys || status === '403',
  ).map(({ status, name }) => [status, { $ref: `#/components/responses/${name}` }]);
  return {
    ...{ tags: [tag], summary, ...(isOpen && isAsked ? { security: [{}] } : {}) },
    ...(parameters.length > 0 ? { parameters } : {}),
    ...(body ? { requestBody: { required: true, content: body } } : {}),
    responses: { ...Object.fromEntries(refusals), ...Object.fromEntries(own) },
  };
}
