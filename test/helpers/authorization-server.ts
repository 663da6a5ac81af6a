import { createHash, randomUUID } from 'node:crypto';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { onTestFinished } from 'vitest';
import { bodyOf } from './body-of.js';
import { listen } from './listen.js';
import type { SeenRequest } from './remote-server.js';

export interface AuthorizationServerOptions {
  /** How long access tokens last, in seconds; undefined: it does not say. Default: 3600. */
  lifetimeS?: number | undefined;
  /** Whether it gives refresh tokens. Default: true. */
  givesRefresh?: boolean;
  /** Whether it has logins with a code (RFC 8628). */
  hasDevice?: boolean;
  /** Members of its answer where a code is asked for, in place of its own. */
  deviceAnswer?: Readonly<Record<string, unknown>>;
  /** Members of its metadata, in place of its own. */
  metadata?: object;
  /** The `iss` of its redirects; undefined: its issuer. */
  iss?: string | null;
  /** Called before a request is answered; true: the response is taken care of. */
  intercept?: (path: string, body: URLSearchParams, response: ServerResponse) => boolean | Promise<boolean>;
}

interface Grant {
  challenge: string;
  scope: string;
}

/**
 * An OAuth authorization server on a free port of this machine, until the test ends. It agrees to every login; each refresh token can
 * be used once, and the second use ends every token (RFC 9700 §4.14.2).
 */
export async function authorizationServer(
  options: AuthorizationServerOptions = {},
): Promise<AuthorizationServer> {
  const server = new AuthorizationServer(options);
  await server.start();
  return server;
}

export class AuthorizationServer {
  /** Paths that were asked for, and what was sent there, oldest first. */
  readonly requests: { path: string; body: URLSearchParams; headers: IncomingMessage['headers'] }[] = [];
  /** Access tokens that are accepted. */
  readonly valid = new Set<string>();
  /** Client credentials that are accepted. */
  readonly secrets = new Map<string, string>();
  /** Scopes that a request needs; undefined: none. */
  neededScope: string | undefined;
  reuses = 0;
  readonly #options: AuthorizationServerOptions;
  readonly #codes = new Map<string, Grant>();
  readonly #refresh = new Map<string, { scope: string; isUsed: boolean }>();
  readonly #scopes = new Map<string, string>();
  readonly #devices = new Map<string, { isApproved: boolean; scope: string }>();
  readonly #server = createServer((request, response) => void this.#handle(request, response));
  #port = 0;

  constructor(options: AuthorizationServerOptions) {
    this.#options = options;
  }

  async start(): Promise<void> {
    this.#port = await listen(this.#server);
    onTestFinished(() => this.#server.closeAllConnections());
  }

  get issuer(): string {
    return `http://127.0.0.1:${this.#port}`;
  }

  /** How often tokens were asked for with this grant. */
  count(grant: string): number {
    return this.requests.filter(({ path, body }) => path === '/token' && body.get('grant_type') === grant)
      .length;
  }

  /** A person types the code in. */
  approveDevices(): void {
    for (const device of this.#devices.values()) device.isApproved = true;
  }

  /** `intercept` of a remote server that this one gives logins for. */
  protect(): (seen: SeenRequest, response: ServerResponse) => boolean {
    return ({ path, headers }, response) => {
      const origin = `http://${headers.host}`;
      if (path.startsWith('/.well-known/oauth-protected-resource')) {
        json(response, 200, { resource: `${origin}/mcp`, authorization_servers: [this.issuer] });
        return true;
      }
      if (path.startsWith('/.well-known')) {
        json(response, 404, {});
        return true;
      }
      const [, token = ''] = /^Bearer (.+)$/.exec(headers.authorization ?? '') ?? [];
      const metadata = `resource_metadata="${origin}/.well-known/oauth-protected-resource/mcp"`;
      if (!this.valid.has(token)) {
        response.writeHead(401, { 'www-authenticate': `Bearer ${metadata}` }).end();
        return true;
      }
      const { neededScope } = this;
      if (neededScope !== undefined && !this.#scopes.get(token)?.split(' ').includes(neededScope)) {
        const challenge = `Bearer error="insufficient_scope", scope="${neededScope}", ${metadata}`;
        response.writeHead(403, { 'www-authenticate': challenge }).end();
        return true;
      }
      return false;
    };
  }

  async #handle(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const { pathname: path, searchParams } = new URL(request.url ?? '/', this.issuer);
    const text = (await bodyOf(request)).toString('utf8');
    const body = request.method === 'POST' ? new URLSearchParams(text) : searchParams;
    this.requests.push({ path, body, headers: request.headers });
    if (await this.#options.intercept?.(path, body, response)) return;
    switch (path) {
      case '/.well-known/oauth-authorization-server':
        return json(response, 200, this.#metadata());
      case '/register':
        return json(response, 201, { ...JSON.parse(text), client_id: `client-${randomUUID()}` });
      case '/authorize':
        return this.#authorize(body, response);
      case '/device':
        return this.#device(body, response);
      case '/token':
        return this.#token(body, request.headers.authorization, response);
      case '/revoke':
        this.valid.delete(body.get('token') ?? '');
        this.#refresh.delete(body.get('token') ?? '');
        return void response.writeHead(200).end();
      default:
        return json(response, 404, { error: 'not_found' });
    }
  }

  #metadata(): object {
    const { issuer } = this;
    return {
      issuer,
      authorization_endpoint: `${issuer}/authorize`,
      token_endpoint: `${issuer}/token`,
      registration_endpoint: `${issuer}/register`,
      revocation_endpoint: `${issuer}/revoke`,
      ...(this.#options.hasDevice ? { device_authorization_endpoint: `${issuer}/device` } : {}),
      response_types_supported: ['code'],
      code_challenge_methods_supported: ['S256'],
      token_endpoint_auth_methods_supported: ['none', 'client_secret_basic', 'private_key_jwt'],
      authorization_response_iss_parameter_supported: true,
      ...this.#options.metadata,
    };
  }

  #authorize(asked: URLSearchParams, response: ServerResponse): void {
    const code = randomUUID();
    this.#codes.set(code, { challenge: asked.get('code_challenge') ?? '', scope: asked.get('scope') ?? '' });
    const back = new URL(asked.get('redirect_uri') ?? '');
    back.searchParams.set('code', code);
    back.searchParams.set('state', asked.get('state') ?? '');
    const { iss = this.issuer } = this.#options;
    if (iss !== null) back.searchParams.set('iss', iss);
    response.writeHead(302, { location: back.href }).end();
  }

  #device(asked: URLSearchParams, response: ServerResponse): void {
    const code = randomUUID();
    this.#devices.set(code, { isApproved: false, scope: asked.get('scope') ?? '' });
    json(response, 200, {
      device_code: code,
      user_code: 'ABCD-EFGH',
      verification_uri: `${this.issuer}/activate`,
      verification_uri_complete: `${this.issuer}/activate?code=ABCD-EFGH`,
      expires_in: 600,
      interval: 0.02,
      ...this.#options.deviceAnswer,
    });
  }

  #token(asked: URLSearchParams, authorization: string | undefined, response: ServerResponse): void {
    const scope = this.#grant(asked, authorization);
    if (scope.error !== undefined) return json(response, 400, { error: scope.error });
    const { lifetimeS = 3_600, givesRefresh = true } = this.#options;
    const access = `access-${randomUUID()}`;
    this.valid.add(access);
    this.#scopes.set(access, scope.granted);
    const refresh = `refresh-${randomUUID()}`;
    const hasRefresh = givesRefresh && asked.get('grant_type') !== 'client_credentials';
    if (hasRefresh) this.#refresh.set(refresh, { scope: scope.granted, isUsed: false });
    json(response, 200, {
      access_token: access,
      token_type: 'Bearer',
      ...('lifetimeS' in this.#options && lifetimeS === undefined ? {} : { expires_in: lifetimeS }),
      ...(hasRefresh ? { refresh_token: refresh } : {}),
      ...(scope.granted === '' ? {} : { scope: scope.granted }),
    });
  }

  #grant(
    asked: URLSearchParams,
    authorization: string | undefined,
  ): { granted: string; error?: undefined } | { error: string } {
    switch (asked.get('grant_type')) {
      case 'authorization_code': {
        const grant = this.#codes.get(asked.get('code') ?? '');
        this.#codes.delete(asked.get('code') ?? '');
        const hash = createHash('sha256')
          .update(asked.get('code_verifier') ?? '')
          .digest('base64url');
        return grant?.challenge === hash ? { granted: grant.scope } : { error: 'invalid_grant' };
      }
      case 'refresh_token': {
        const refresh = this.#refresh.get(asked.get('refresh_token') ?? '');
        if (!refresh) return { error: 'invalid_grant' };
        if (refresh.isUsed) {
          this.reuses += 1;
          this.valid.clear();
          this.#refresh.clear();
          return { error: 'invalid_grant' };
        }
        refresh.isUsed = true;
        return { granted: refresh.scope };
      }
      case 'client_credentials': {
        const [id = '', secret] = Buffer.from(authorization?.slice(6) ?? '', 'base64')
          .toString()
          .split(':');
        return this.secrets.get(id) === secret && secret !== undefined
          ? { granted: asked.get('scope') ?? '' }
          : { error: 'invalid_client' };
      }
      default: {
        const device = this.#devices.get(asked.get('device_code') ?? '');
        return device?.isApproved ? { granted: device.scope } : { error: 'authorization_pending' };
      }
    }
  }
}

function json(response: ServerResponse, status: number, body: object): void {
  response.writeHead(status, { 'content-type': 'application/json' }).end(JSON.stringify(body));
}
