import { randomBytes } from 'node:crypto';
import { isDeepStrictEqual } from 'node:util';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import type { OAuthPlan } from '../../config/oauth-plan.js';
import type { GatewayPart, NamedKey, PartSurroundings } from '../gateway/gateway-part.js';
import type { Identity } from '../http/authenticator.js';
import { clientOf } from '../http/client-address.js';
import { ConsentKeys } from './consent-keys.js';
import { KeyMarks } from './key-marks.js';
import { oauthFile, readOAuthFile, writeOAuthFile } from './oauth-file.js';
import type { OAuthRecords } from './oauth-records.js';
import { OAuthSite } from './oauth-site.js';
import { loginId, OAuthStore } from './oauth-store.js';
import { OpenPages } from './open-pages.js';
import { TokenAuthenticator } from './token-authenticator.js';

type IsOver = (identity: Pick<Identity, 'key' | 'login'>) => boolean;

/** What a run has of it, whichever plans it has. */
interface OAuthRun {
  store: OAuthStore;
  pages: OpenPages;
  marks: KeyMarks;
}

const runsOf = new WeakMap<PartSurroundings, OAuthRun>();
const keysOf = new WeakMap<GatewayPart, ConsentKeys>();

/**
 * The gateway's own authorization server, for clients that speak OAuth only: a person lets them in with a key.
 *
 * @param parts those with the keys
 */
// D245
export function oauthPart(
  plan: GatewayPlan & { oauth: OAuthPlan },
  surroundings: PartSurroundings,
  parts: readonly GatewayPart[],
): GatewayPart {
  const { store, pages, marks } = runOf(surroundings);
  const { wrongKeys, lang, onOAuth } = surroundings;
  const keys = new ConsentKeys(parts, marks);
  const listeners: ((isOver: IsOver) => void)[] = [];
  const end = (isOver: IsOver) => {
    // A key that allows less goes on, and so do its logins; their sessions begin anew.
    store.endGrants(({ key, id }) => isOver({ key, login: id }) && keys.named(key) === undefined);
    for (const listener of listeners) listener(isOver);
  };
  for (const { revocations } of parts) revocations?.onRevoked(end);
  const part: GatewayPart = {
    kind: 'oauth',
    authenticator: new TokenAuthenticator(plan, store, keys),
    revocations: { onRevoked: (listener) => void listeners.push(listener) },
    site: new OAuthSite({
      ...{ gateway: plan, plan: plan.oauth, keys, store, pages, wrongKeys, lang },
      ...{ addressOf: (request) => clientOf(request).address, onEvent: onOAuth },
    }),
    staysIn: ({ key = '' }, before) => isSame(keys.named(key), keysOf.get(before)?.named(key)),
    logins: {
      get all() {
        return store.logins;
      },
      end: (id) => {
        const over = store.grantsWhere((grant) => loginId(grant) === id).map((grant) => grant.id);
        const [login] = store.endGrants((grant) => over.includes(grant.id));
        for (const listener of listeners) listener(({ login: one }) => over.includes(one ?? ''));
        return login;
      },
    },
    close: () => store.flush(),
  };
  keysOf.set(part, keys);
  return part;
}

function runOf(surroundings: PartSurroundings): OAuthRun {
  const known = runsOf.get(surroundings);
  if (known) return known;
  const { folder, onOAuth } = surroundings;
  const records = folder === undefined ? undefined : readOAuthFile(folder);
  const salt = records?.salt ?? randomBytes(16).toString('base64url');
  let isTold = false;
  const keep = (now: OAuthRecords) => {
    if (folder === undefined) return;
    try {
      writeOAuthFile(folder, { ...now, salt });
      isTold = false;
    } catch (error) {
      const { code, message } = error as NodeJS.ErrnoException;
      if (!isTold) onOAuth({ type: 'unkept', file: oauthFile(folder), message: code ?? message });
      isTold = true;
    }
  };
  const run = { store: new OAuthStore({ records, keep }), pages: new OpenPages(), marks: new KeyMarks(salt) };
  runsOf.set(surroundings, run);
  return run;
}

function isSame(now: NamedKey | undefined, before: NamedKey | undefined): boolean {
  return now !== undefined && isDeepStrictEqual(now, before);
}
