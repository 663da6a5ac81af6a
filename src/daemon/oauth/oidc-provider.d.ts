// The parts of the package `oidc-provider` that are used here; it has no types of its own. Its `index.js` is not imported: that
// warns about Node 20, on which what is used here works (test/unit/oauth).

declare module 'oidc-provider/lib/provider.js' {
  import type { IncomingMessage, ServerResponse } from 'node:http';

  export interface Client {
    readonly clientId: string;
    readonly clientName?: string;
    readonly redirectUris: readonly string[];
    readonly clientSecret?: string;
  }

  /** Koa's context, as far as it is used. */
  export interface Context {
    readonly req: IncomingMessage;
    readonly res: ServerResponse;
    type: string;
    status: number;
    body: unknown;
    remove(header: string): void;
    set(header: string, value: string | string[]): void;
    readonly oidc: {
      readonly route: string;
      readonly result?: { consent?: { grantId: string } };
      readonly client?: Client;
      readonly provider: Provider;
    };
  }

  export interface Interaction {
    readonly uid: string;
    readonly params: Readonly<Record<string, unknown>>;
  }

  export class Grant {
    constructor(of: { accountId: string; clientId: string });
    addResourceScope(resource: string, scope: string): void;
    addOIDCScope(scope: string): void;
    save(): Promise<string>;
    readonly jti: string;
  }

  export type InteractionResult =
    | { login: { accountId: string; remember: boolean }; consent: { grantId: string } }
    | { error: string; error_description?: string };

  export class Provider {
    constructor(issuer: string, configuration: Readonly<Record<string, unknown>>);
    proxy: boolean;
    readonly Grant: typeof Grant & { find(id: string): Promise<Grant | undefined> };
    readonly Client: {
      find(id: string): Promise<Client | undefined>;
      prototype: { compareClientSecret(this: Client, actual: string): boolean };
    };
    callback(): (request: IncomingMessage, response: ServerResponse) => Promise<void>;
    use(middleware: (context: Context, next: () => Promise<void>) => Promise<void>): this;
    on(event: string, listener: (...given: never[]) => void): this;
    interactionDetails(request: IncomingMessage, response: ServerResponse): Promise<Interaction>;
    interactionFinished(
      request: IncomingMessage,
      response: ServerResponse,
      result: InteractionResult,
      options?: { mergeWithLastSubmission: boolean },
    ): Promise<void>;
  }
}

declare module 'oidc-provider/lib/helpers/errors.js' {
  export class InvalidClientMetadata extends Error {
    constructor(description: string);
  }
  export class InvalidGrant extends Error {
    constructor(detail: string);
  }
  export class InvalidTarget extends Error {
    constructor(description?: string);
  }
}

declare module 'oidc-provider/lib/helpers/interaction_policy/index.js' {
  import type { Context } from 'oidc-provider/lib/provider.js';

  export class Check {
    constructor(reason: string, description: string, check: (context: Context) => boolean);
  }
  export class Prompt {
    constructor(of: { name: string; requestable: boolean }, ...checks: Check[]);
  }
}
