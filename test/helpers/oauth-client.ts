import { createHash, randomBytes } from 'node:crypto';

/** A client of the gateway's authorization server that does each step by itself, and keeps cookies as a browser does. */
export interface Registered {
  client_id: string;
  client_secret?: string;
  [member: string]: unknown;
}

export interface Tokens {
  access_token: string;
  refresh_token: string;
  token_type: string;
  expires_in: number;
  scope: string;
}

/** As Claude.ai registers itself. */
export const CLAUDE = {
  client_name: 'Claude',
  redirect_uris: ['https://claude.ai/api/mcp/auth_callback'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'none',
  scope: 'mcp',
};

/** As ChatGPT does, with a callback for each connector. */
export const CHATGPT = {
  client_name: 'ChatGPT',
  redirect_uris: ['https://chatgpt.com/connector/oauth/x7k2Qz'],
  grant_types: ['authorization_code', 'refresh_token'],
  response_types: ['code'],
  token_endpoint_auth_method: 'client_secret_post',
};

export function pkce(): { verifier: string; challenge: string } {
  const verifier = randomBytes(32).toString('base64url');
  return { verifier, challenge: createHash('sha256').update(verifier).digest('base64url') };
}

export async function register(base: string, metadata: object): Promise<Response> {
  return fetch(`${base}/register`, {
    method: 'POST',
    headers: { 'content-type': 'application/json' },
    body: JSON.stringify(metadata),
  });
}

export async function registered(base: string, metadata: object = CLAUDE): Promise<Registered> {
  const response = await register(base, metadata);
  if (response.status !== 201) throw new Error(`${response.status} ${await response.text()}`);
  return (await response.json()) as Registered;
}

/** What a login asks for; members that are undefined are left out. */
export type LoginParams = Record<string, string | readonly string[] | undefined>;

export function authorizeUrl(base: string, params: LoginParams): string {
  const url = new URL(`${base}/authorize`);
  for (const [name, value] of Object.entries(params))
    for (const one of value === undefined ? [] : [value].flat()) url.searchParams.append(name, one);
  return url.href;
}

/** A browser: cookies by their path, no redirects by itself. */
export class Browser {
  readonly cookies = new Map<string, { value: string; path: string; text: string }>();

  async go(url: string, init: RequestInit = {}): Promise<Response> {
    const { pathname } = new URL(url);
    const cookie = [...this.cookies]
      .filter(([, { path }]) => pathname.startsWith(path))
      .map(([name, { value }]) => `${name}=${value}`)
      .join('; ');
    const headers = { ...(init.headers as Record<string, string>), ...(cookie ? { cookie } : {}) };
    const response = await fetch(url, { redirect: 'manual', ...init, headers });
    for (const text of response.headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(text) ?? [];
      const [, path = '/'] = /; ?path=([^;]*)/i.exec(text) ?? [];
      if (/1970/.test(text)) this.cookies.delete(name);
      else this.cookies.set(name, { value, path, text });
    }
    return response;
  }

  /** Opens a login; returns the address of the page that asks for a key. */
  async open(base: string, params: LoginParams): Promise<string> {
    const response = await this.go(authorizeUrl(base, params));
    if (response.status !== 303) throw new Error(`${response.status} ${await response.text()}`);
    return new URL(response.headers.get('location')!, base).href;
  }

  async submit(page: string, fields: Record<string, string>, headers: Record<string, string> = {}) {
    return this.go(page, {
      method: 'POST',
      headers: {
        'content-type': 'application/x-www-form-urlencoded',
        origin: new URL(page).origin,
        ...headers,
      },
      body: new URLSearchParams(fields),
    });
  }

  /** Enters the key and agrees; returns the address that the person is sent back to. */
  async consent(page: string, key: string): Promise<URL> {
    const token = tokenIn(await (await this.go(page)).text());
    const entered = await this.submit(page, { token, key, action: 'key' });
    if (entered.status !== 200) throw new Error(`${entered.status} ${await entered.text()}`);
    const agreed = await this.submit(page, { token, action: 'allow' });
    return this.follow(agreed, page);
  }

  /** From the page back to the client. */
  async follow(answer: Response, page: string): Promise<URL> {
    if (answer.status !== 303) throw new Error(`${answer.status} ${await answer.text()}`);
    const resumed = await this.go(new URL(answer.headers.get('location')!, page).href);
    if (resumed.status !== 303) throw new Error(`${resumed.status} ${await resumed.text()}`);
    return new URL(resumed.headers.get('location')!);
  }
}

export function tokenIn(html: string): string {
  return /name="token" value="([^"]+)"/.exec(html)![1]!;
}

export async function post(
  url: string,
  fields: Record<string, string>,
  headers: Record<string, string> = {},
) {
  return fetch(url, {
    method: 'POST',
    headers: { 'content-type': 'application/x-www-form-urlencoded', ...headers },
    body: new URLSearchParams(fields),
  });
}

/** One whole login, as Claude.ai has it. */
export async function logIn(
  base: string,
  key: string,
  { resource = `${base}/mcp`, metadata = CLAUDE }: { resource?: string; metadata?: typeof CLAUDE } = {},
): Promise<{ client: Registered; tokens: Tokens; callback: URL; verifier: string }> {
  const client = await registered(base, metadata);
  const { verifier, challenge } = pkce();
  const browser = new Browser();
  const redirect_uri = metadata.redirect_uris[0]!;
  const page = await browser.open(base, {
    ...{ response_type: 'code', client_id: client.client_id, redirect_uri, state: 'st-1', resource },
    ...{ code_challenge: challenge, code_challenge_method: 'S256', scope: 'mcp' },
  });
  const callback = await browser.consent(page, key);
  const response = await post(`${base}/token`, {
    ...{ grant_type: 'authorization_code', code: callback.searchParams.get('code')!, redirect_uri },
    ...{ client_id: client.client_id, code_verifier: verifier, resource },
    ...(client.client_secret ? { client_secret: client.client_secret } : {}),
  });
  if (response.status !== 200) throw new Error(`${response.status} ${await response.text()}`);
  return { client, tokens: (await response.json()) as Tokens, callback, verifier };
}
