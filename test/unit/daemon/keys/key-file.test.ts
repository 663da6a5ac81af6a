import {
  chmodSync,
  existsSync,
  readdirSync,
  readFileSync,
  statSync,
  symlinkSync,
  writeFileSync,
} from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { changeKeys, KeyFileError, readKeyFile } from '../../../../src/daemon/keys/key-file.js';
import { keyParts, makeKey } from '../../../../src/daemon/keys/key-text.js';
import { isKeyOf } from '../../../../src/daemon/keys/scrypt.js';
import { lockFile } from '../../../../src/process/file-lock.js';
import { folder } from '../../../helpers/cli.js';
import { addKeys, storedKey } from '../../../helpers/stored-key.js';

const fileIn = async () => join(await folder(), 'state', 'keys.json');
const why = (file: string) => {
  try {
    readKeyFile(file);
  } catch (error) {
    return error instanceof KeyFileError ? error.problem.why : error;
  }
  return undefined;
};

describe('a file of keys', () => {
  test('has everything but the secret, and is for this user alone', async () => {
    const file = await fileIn();
    const grant = {
      ...{ servers: ['a', 'b*'], agents: ['k'], tools: ['get_*'], readOnly: true },
      ...{ rate: { calls: 100, perMs: 60_000 }, concurrent: 4 },
    };
    const { key, record } = await storedKey('đội a', { grant, until: Date.UTC(2030, 0, 1) });
    await addKeys(file, record);
    expect(readKeyFile(file)).toEqual([record]);
    const text = readFileSync(file, 'utf8');
    expect(text).not.toContain(keyParts(key)!.secret);
    expect(JSON.parse(text).keys[0]).toMatchObject({ rate: '100/m', expires: '2030-01-01T00:00:00.000Z' });
    expect(statSync(file).mode & 0o777).toBe(0o600);
    expect(statSync(join(file, '..')).mode & 0o077).toBe(0);
    expect(readdirSync(join(file, '..'))).toEqual(['keys.json']);
    // Whoever has the file can try keys, and the parts of it are no keys.
    expect(await isKeyOf(key, record.hash)).toBe(true);
    for (const stolen of [text, JSON.parse(text).keys[0].hash, `mcpp_${record.id}_${record.check}`])
      expect(await isKeyOf(stolen, record.hash)).toBe(false);
  });

  test('is changed by one at a time: who comes second finds what the first has written', async () => {
    const file = await fileIn();
    const [one, two] = [await storedKey('one'), await storedKey('two')];
    await addKeys(file, one.record);
    // As another process holds it.
    const lock = await lockFile(file);
    const seen: string[][] = [];
    const changed = changeKeys(file, (keys) => {
      seen.push(keys.map(({ name }) => name));
      return { keys: [...keys, two.record], result: undefined };
    });
    for (let i = 0; i < 20; i++) await new Promise((resolve) => setImmediate(resolve));
    expect(seen).toEqual([]);
    writeFileSync(file, '{"version":1,"keys":[]}');
    lock.release();
    await changed;
    expect(seen).toEqual([[]]);
    expect(readKeyFile(file)).toEqual([two.record]);
  });

  test('that is a link is written where the link leads', async () => {
    const cwd = await folder();
    const [target, link] = [join(cwd, 'target.json'), join(cwd, 'link.json')];
    await addKeys(target, (await storedKey('one')).record);
    symlinkSync(target, link);
    await addKeys(link, (await storedKey('two')).record);
    expect(readKeyFile(target)!.map(({ name }) => name)).toEqual(['one', 'two']);
  });

  test('that is missing is none, and its folder is made with it', async () => {
    const file = await fileIn();
    expect(readKeyFile(file)).toBeUndefined();
    await changeKeys(file, () => ({ keys: [], result: undefined }));
    expect(readKeyFile(file)).toEqual([]);
  });

  test.each([
    ['no JSON', 'mcp', 'not-json'],
    ['something else', '{"servers":{}}', 'not-json'],
    ['null', 'null', 'not-json'],
    ['a newer version', '{"version":2,"keys":[]}', 'other-version'],
    ['a record of nothing', '{"version":1,"keys":[null]}', 'record'],
    ['a prototype', '{"version":1,"keys":[{"__proto__":{"name":"x"}}]}', 'record'],
  ])('of %s is not used', async (_, text, expected) => {
    const file = join(await folder(), 'keys.json');
    writeFileSync(file, text, { mode: 0o600 });
    expect(why(file)).toBe(expected);
    // A command does not write over it.
    await expect(changeKeys(file, (keys) => ({ keys, result: 0 }))).rejects.toBeInstanceOf(KeyFileError);
    expect(readFileSync(file, 'utf8')).toBe(text);
  });

  test.each([
    ['another member, which might mean less', { only: 'get' }],
    ['servers that are no list', { servers: 'a' }],
    ['servers that are no texts', { servers: [1] }],
    ['a rate that is none', { rate: 'often' }],
    ['an end that is no time', { expires: 'soon' }],
    ['readOnly as a text', { readOnly: 'false' }],
    ['calls at a time that are none', { concurrent: 0 }],
    ['a name with a slash', { name: 'a/b' }],
    ['a hash that takes gigabytes', { hash: `scrypt:1048576:32:1:${'a'.repeat(22)}:${'b'.repeat(43)}` }],
    ['an id that is none', { id: 'x' }],
  ])('with %s is not used', async (_, wrong) => {
    const file = await fileIn();
    await addKeys(file, (await storedKey('one')).record);
    const root = JSON.parse(readFileSync(file, 'utf8'));
    Object.assign(root.keys[0], wrong);
    writeFileSync(file, JSON.stringify(root));
    expect(why(file)).toBe('record');
  });

  test('with two keys of one name or id is not used', async () => {
    const file = await fileIn();
    await addKeys(file, (await storedKey('one')).record, (await storedKey('one')).record);
    expect(why(file)).toBe('record');
  });

  test.runIf(process.platform !== 'win32')('that others may write is not used', async () => {
    const file = await fileIn();
    await addKeys(file, (await storedKey('one')).record);
    for (const mode of [0o620, 0o602, 0o666]) {
      chmodSync(file, mode);
      expect(why(file)).toBe('others-write');
    }
    chmodSync(file, 0o644);
    expect(why(file)).toBeUndefined();
  });

  test('is not there in part when it cannot be written', async () => {
    const file = await fileIn();
    const { record } = await storedKey('one');
    await expect(
      changeKeys(file, () => {
        throw new Error('no');
      }),
    ).rejects.toThrow('no');
    expect(existsSync(file)).toBe(false);
    await addKeys(file, record);
    expect(readKeyFile(file)).toHaveLength(1);
  });
});

test('a key has 256 random bits, and a form that tells its id', () => {
  const all = Array.from({ length: 100 }, makeKey);
  expect(new Set(all.map(({ key }) => key)).size).toBe(100);
  for (const { key, id, secret } of all) {
    expect(Buffer.from(secret, 'base64url')).toHaveLength(32);
    expect(keyParts(key)).toEqual({ id, secret });
    expect(keyParts(`${key}x`)).toBeUndefined();
    expect(keyParts(key.slice(0, -1))).toBeUndefined();
  }
});
