import { Browser } from './oauth-client.js';

/** What a client of the SDK keeps of a login: as a desktop client does, with a person at its browser who has a key. */
export class SdkLogin {
  readonly redirectUrl = 'http://localhost:43210/callback';
  readonly clientMetadata = {
    client_name: 'SDK',
    redirect_uris: [this.redirectUrl],
    grant_types: ['authorization_code', 'refresh_token'],
    response_types: ['code'],
    token_endpoint_auth_method: 'none',
  };
  /** Codes that the person's browser has brought back. */
  readonly codes: string[] = [];
  /** Issuers that came with them (RFC 9207). */
  readonly issuers: string[] = [];
  logins = 0;
  kept: { client?: unknown; tokens?: SdkTokens | undefined; verifier?: string; discovery?: unknown } = {};
  readonly #key: string;

  constructor(key: string) {
    this.#key = key;
  }

  state = () => 'sdk-state';
  // biome-ignore lint/suspicious/noExplicitAny: the two SDKs have types of their own
  clientInformation = (): any => this.kept.client;
  // biome-ignore lint/suspicious/noExplicitAny: the two SDKs have types of their own
  tokens = (): any => this.kept.tokens;
  // biome-ignore lint/suspicious/noExplicitAny: the two SDKs have types of their own
  discoveryState = (): any => this.kept.discovery;
  codeVerifier = () => this.kept.verifier!;

  saveClientInformation(client: unknown): void {
    this.kept.client = client;
  }

  saveTokens(tokens: unknown): void {
    this.kept.tokens = tokens as SdkTokens;
  }

  saveCodeVerifier(verifier: string): void {
    this.kept.verifier = verifier;
  }

  saveDiscoveryState(discovery: unknown): void {
    this.kept.discovery = discovery;
  }

  invalidateCredentials(): void {
    this.kept.tokens = undefined;
  }

  async redirectToAuthorization(url: URL): Promise<void> {
    this.logins += 1;
    const browser = new Browser();
    const opened = await browser.go(url.href);
    if (opened.status !== 303) throw new Error(`${opened.status} ${await opened.text()}`);
    const page = new URL(opened.headers.get('location')!, url).href;
    const { searchParams } = await browser.consent(page, this.#key);
    this.codes.push(searchParams.get('code')!);
    this.issuers.push(searchParams.get('iss')!);
  }
}

export interface SdkTokens {
  access_token: string;
  refresh_token?: string;
}
