import { InvalidGrant } from 'oidc-provider/lib/helpers/errors.js';
import { hashedSecret } from './client-secret.js';
import { type Payload, TOKEN_KINDS, type TokenKind } from './oauth-records.js';
import type { OAuthStore } from './oauth-store.js';
import type { OpenPages } from './open-pages.js';

/** What the library asks to be kept of one kind of things. */
interface Adapter {
  upsert(id: string, payload: Payload, expiresInS?: number): Promise<void>;
  find(id: string): Promise<Payload | undefined>;
  consume(id: string): Promise<void>;
  destroy(id: string): Promise<void>;
  revokeByGrantId(grantId: string): Promise<void>;
}

const NOTHING: Adapter = {
  upsert: async () => {},
  find: async () => undefined,
  consume: async () => {},
  destroy: async () => {},
  revokeByGrantId: async () => {},
};

/** Gives the library what it keeps: clients, logins and tokens in the store, open pages in memory, and nothing else. */
export function libraryAdapter(store: OAuthStore, pages: OpenPages): (name: string) => Adapter {
  return (name) => {
    const kind = TOKEN_KINDS.find((one) => one === name);
    if (kind) return tokens(store, kind);
    if (name === 'Client') return clients(store);
    if (name === 'Grant') return grants(store);
    // A session of the library would let a client in without a key: there is none.
    return name === 'Interaction' ? interactions(pages) : NOTHING;
  };
}

function clients(store: OAuthStore): Adapter {
  return {
    ...NOTHING,
    upsert: async (id, metadata) => store.putClient(id, hashedSecret(metadata)),
    find: async (id) => store.client(id)?.metadata,
  };
}

function grants(store: OAuthStore): Adapter {
  return {
    ...NOTHING,
    upsert: async (id, payload) => store.putGrant(id, payload),
    find: async (id) => store.grant(id)?.payload,
    destroy: async (id) => store.endGrant(id),
  };
}

function tokens(store: OAuthStore, kind: TokenKind): Adapter {
  return {
    upsert: async (id, payload, expiresInS = 0) =>
      store.putToken(kind, id, payload, Date.now() + expiresInS * 1_000),
    find: async (id) => {
      const token = store.token(kind, id);
      return token && { ...token.whole, ...(token.isUsed ? { consumed: true } : {}) };
    },
    consume: async (id) => {
      // Of two requests with one code or token at a time, the library lets both through: one of them is a thief's.
      if (store.useToken(id)) return;
      const token = store.token(kind, id);
      if (token) store.endGrant(token.grantId);
      throw new InvalidGrant('used twice at a time');
    },
    destroy: async (id) => store.endToken(id),
    revokeByGrantId: async (grantId) => store.endTokens(grantId, kind),
  };
}

function interactions(pages: OpenPages): Adapter {
  return {
    ...NOTHING,
    upsert: async (id, payload, expiresInS = 0) => pages.put(id, payload, expiresInS),
    find: async (id) => pages.find(id)?.payload,
    destroy: async (id) => pages.end(id),
  };
}
