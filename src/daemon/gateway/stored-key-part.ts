import type { GatewayPlan } from '../../config/gateway-plan.js';
import { keyHashText } from '../../config/key-hash.js';
import type { Caller } from '../../faces/accept.js';
import type { Authenticator, Known, Refused } from '../http/authenticator.js';
import { keyFileIn } from '../keys/key-file.js';
import type { GatewayPart, PartSurroundings } from './gateway-part.js';

const KIND = 'stored-keys';
const TAKEN: Refused = {
  error: 'invalid_token',
  message: 'the configuration has another key of the same name: ask whoever runs this gateway to rename one',
};

/** Keys of `mcp-pipe key`; undefined for a gateway without a state folder. */
export function storedKeyPart(
  { keys, keyFile }: Pick<GatewayPlan, 'keys' | 'keyFile'>,
  { folder, stores }: PartSurroundings,
): GatewayPart | undefined {
  if (folder === undefined && keyFile === undefined) return undefined;
  const file = keyFileIn(folder ?? '', keyFile);
  const store = stores.at(file);
  const end = store.use();
  const ends = [end];
  // Sessions and processes belong to names: one name is one caller.
  const named = (known: Known) => (known && 'key' in known && Object.hasOwn(keys, known.key) ? TAKEN : known);
  const authenticator: Authenticator = {
    get isAsked() {
      return store.isAsked;
    },
    vouches: (credential) => store.vouches(credential),
    identify: (credential) => {
      const known = store.identify(credential);
      return known instanceof Promise ? known.then(named) : named(known);
    },
  };
  const part: GatewayPart = {
    ...{ kind: KIND, authenticator },
    revocations: { onRevoked: (listener) => void ends.push(store.onRevoked(listener)) },
    keyNamed: (key) => {
      const record = Object.hasOwn(keys, key) ? undefined : store.named(key);
      const { grant, until } = record ?? {};
      return record && { key, secret: keyHashText(record.hash), grant, until };
    },
    staysIn: ({ key = '' }: Caller, before) => fileOf.get(before) === file && !Object.hasOwn(keys, key),
    close: () => {
      for (const one of ends.splice(0)) one();
    },
  };
  fileOf.set(part, file);
  return part;
}

/** The file whose keys a part has let in. */
const fileOf = new WeakMap<GatewayPart, string>();
