import type { KEYS } from '../../src/config/key-defaults.js';
import { changeKeys, type KeyRecord } from '../../src/daemon/keys/key-file.js';
import { checkOf, makeKey } from '../../src/daemon/keys/key-text.js';
import { hashKey } from '../../src/daemon/keys/scrypt.js';

/** As cheap as scrypt can be: a test of a thousand keys would take a minute with the usual cost. */
export const CHEAP = { N: 2, r: 1, p: 1 };

/** A key as `mcp-pipe key add` makes it. */
export async function storedKey(
  name: string,
  terms: Pick<KeyRecord, 'grant' | 'until'> = {},
  cost: typeof CHEAP | typeof KEYS.costOfMade = CHEAP,
): Promise<{ key: string; record: KeyRecord }> {
  const { key, id, secret } = makeKey();
  const hash = await hashKey(key, cost);
  const record = { name, id, hash, check: checkOf(secret, hash.salt), created: Date.now(), ...terms };
  return { key, record };
}

/** Puts keys into a file, beside those that are there. */
export async function addKeys(file: string, ...records: readonly KeyRecord[]): Promise<void> {
  await changeKeys(file, (keys) => ({ keys: [...keys, ...records], result: undefined }));
}

/** Takes a key out of a file. */
export async function dropKey(file: string, name: string): Promise<void> {
  await changeKeys(file, (keys) => ({ keys: keys.filter((one) => one.name !== name), result: undefined }));
}
