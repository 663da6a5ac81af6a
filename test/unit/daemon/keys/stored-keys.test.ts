import { chmodSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import { HashQueue } from '../../../../src/daemon/keys/hash-queue.js';
import { keyParts } from '../../../../src/daemon/keys/key-text.js';
import { type KeysEvent, StoredKeys } from '../../../../src/daemon/keys/stored-keys.js';
import { folder } from '../../../helpers/cli.js';
import { addKeys, dropKey, storedKey } from '../../../helpers/stored-key.js';

async function world() {
  const file = join(await folder(), 'keys.json');
  const queue = new HashQueue();
  const computed = vi.spyOn(queue, 'run');
  const events: KeysEvent[] = [];
  const store = new StoredKeys(file, queue, (event) => events.push(event));
  const over: string[] = [];
  const names = ['an', 'binh', 'chi'];
  store.onRevoked((isOver) => over.push(...names.filter((key) => isOver({ key }))));
  return {
    ...{ file, store, computed, events, over },
    use: () => onTestFinished(store.use()),
  };
}

const wrongFor = (key: string) => {
  const { id, secret } = keyParts(key)!;
  return `mcpp_${id}_${(secret[0] === 'A' ? 'B' : 'A') + secret.slice(1)}`;
};

describe('keys of a file', () => {
  test('are known with what they allow, and computed once', async () => {
    const { file, store, computed, use } = await world();
    const until = Date.now() + 60_000;
    const { key, record } = await storedKey('an', { grant: { servers: ['a'] }, until });
    await addKeys(file, record);
    use();
    expect(store.isAsked).toBe(true);
    const first = store.identify(key);
    expect(first).toBeInstanceOf(Promise);
    expect(await first).toEqual({ key: 'an', grant: { servers: ['a'] }, until });
    // From now on at once.
    expect(store.identify(key)).toEqual({ key: 'an', grant: { servers: ['a'] }, until });
    expect(computed).toHaveBeenCalledTimes(1);
  });

  test('of which one is asked for many times at once are computed once', async () => {
    const { file, store, use } = await world();
    const { key, record } = await storedKey('an');
    await addKeys(file, record);
    use();
    const all = await Promise.all(Array.from({ length: 50 }, () => store.identify(key)));
    expect(new Set(all.map((one) => one && 'key' in one && one.key))).toEqual(new Set(['an']));
  });

  test('are not computed for wrong secrets and ids, however many come', async () => {
    const { file, store, computed, use } = await world();
    const { key, record } = await storedKey('an');
    await addKeys(file, record);
    use();
    for (let i = 0; i < 5_000; i++) {
      const secret = Buffer.from(`${i}`.padStart(32, '0')).toString('base64url');
      expect(store.identify(`mcpp_${record.id}_${secret}`)).toBeUndefined();
      expect(store.identify(`mcpp_000000000000_${secret}`)).toBeUndefined();
    }
    expect(computed).not.toHaveBeenCalled();
    expect(await store.identify(key)).toMatchObject({ key: 'an' });
    expect(store.identify(wrongFor(key))).toBeUndefined();
    expect(computed).toHaveBeenCalledTimes(1);
  });

  test.each([
    '',
    'mcpp_',
    '__proto__',
    'constructor',
    'an',
    'Bearer x',
    `mcpp_${'z'.repeat(12)}_${'a'.repeat(43)}`,
  ])('are not %j', async (credential) => {
    const { file, store, use } = await world();
    await addKeys(file, (await storedKey('an')).record);
    use();
    expect(store.identify(credential)).toBeUndefined();
  });

  test('that have expired are told so, to who has them', async () => {
    const { file, store, use } = await world();
    const { key, record } = await storedKey('an', { until: Date.now() - 1_000 });
    await addKeys(file, record);
    use();
    const known = await store.identify(key);
    expect(known).toMatchObject({ error: 'invalid_token', message: expect.stringContaining('expired') });
    expect(JSON.stringify(known)).not.toContain(keyParts(key)!.secret);
    expect(store.identify(wrongFor(key))).toBeUndefined();
  });

  test('come and go with the file, and who has them hears of it', async () => {
    const { file, store, events, over, use } = await world();
    use();
    expect(store.isAsked).toBe(false);
    const [an, binh] = [await storedKey('an'), await storedKey('binh')];
    await addKeys(file, an.record, binh.record);
    store.refresh();
    expect(store.isAsked).toBe(true);
    expect(await store.identify(an.key)).toMatchObject({ key: 'an' });
    await dropKey(file, 'an');
    store.refresh();
    expect(over).toEqual(['an']);
    expect(await store.identify(an.key)).toBeUndefined();
    expect(await store.identify(binh.key)).toMatchObject({ key: 'binh' });
    expect(events).toMatchObject([
      { type: 'keys-changed', added: ['an', 'binh'], left: 2 },
      { type: 'keys-changed', removed: ['an'], left: 1 },
    ]);
  });

  test('that are revoked while they are computed are not known', async () => {
    const { file, store, use } = await world();
    const { key, record } = await storedKey('an');
    await addKeys(file, record);
    use();
    const asked = store.identify(key);
    await dropKey(file, 'an');
    store.refresh();
    expect(await asked).toBeUndefined();
  });

  test('that allow something else, or end earlier, end their clients', async () => {
    const { file, store, over, use } = await world();
    const until = Date.now() + 60_000;
    const made = await Promise.all(['an', 'binh', 'chi'].map((name) => storedKey(name, { until })));
    await addKeys(file, ...made.map(({ record }) => record));
    use();
    const [an, binh, chi] = made.map(({ record }) => record) as [never, never, never];
    rmSync(file);
    await addKeys(
      file,
      { ...(an as object), grant: { servers: ['a'] } } as never,
      { ...(binh as object), until: until - 1_000 } as never,
      { ...(chi as object), until: until + 1_000 } as never,
    );
    store.refresh();
    expect(over).toEqual(['an', 'binh']);
  });
});

describe('a file of keys that cannot be used', () => {
  test('changes nothing while it is so, and is told once', async () => {
    const { file, store, events, over, use } = await world();
    const { key, record } = await storedKey('an');
    await addKeys(file, record);
    use();
    for (let i = 0; i < 3; i++) {
      writeFileSync(file, '{"version":1,"keys":[');
      store.refresh();
    }
    expect(await store.identify(key)).toMatchObject({ key: 'an' });
    expect(events).toMatchObject([{ type: 'keys-unusable', problem: { why: 'not-json' }, left: 1 }]);
    expect(over).toEqual([]);
  });

  test.each([
    ['is no JSON', (file: string) => writeFileSync(file, 'x', { mode: 0o600 })],
    [
      'may be written by others',
      (file: string) => {
        writeFileSync(file, '{"version":1,"keys":[]}');
        chmodSync(file, 0o666);
      },
    ],
    ['is empty', (file: string) => writeFileSync(file, '', { mode: 0o600 })],
  ])('asks for a key from the beginning: it %s', async (_, write) => {
    const { file, store, use } = await world();
    write(file);
    use();
    expect(store.isAsked).toBe(true);
  });

  test('that is gone, or has no key left, asks for a key all the same', async () => {
    const { file, store, events, use } = await world();
    const { key, record } = await storedKey('an');
    await addKeys(file, record);
    use();
    expect(await store.identify(key)).toMatchObject({ key: 'an' });
    await dropKey(file, 'an');
    store.refresh();
    expect(store.isAsked).toBe(true);
    await addKeys(file, record);
    store.refresh();
    rmSync(file);
    store.refresh();
    expect(store.isAsked).toBe(true);
    expect(await store.identify(key)).toBeUndefined();
    expect(events).toContainEqual({ type: 'keys-gone', file });
  });
});

test('a thousand keys are found by their ids', async () => {
  const { file, store, use } = await world();
  const made = await Promise.all(Array.from({ length: 1_000 }, (_, i) => storedKey(`key ${i}`)));
  await addKeys(file, ...made.map(({ record }) => record));
  use();
  expect(store.size).toBe(1_000);
  const known = await Promise.all(made.map(({ key }) => store.identify(key)));
  expect(known.map((one) => one && 'key' in one && one.key)).toEqual(made.map(({ record }) => record.name));
});
