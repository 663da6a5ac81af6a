import { expect, it } from 'vitest';
import { RespReader } from '../../proof/resp.js';

const STREAM = '*2\r\n$4\r\nPING\r\n$0\r\n\r\n+OK\r\n:12\r\n%1\r\n$1\r\na\r\n_\r\n*-1\r\n$EOF:40\r\n';
const VALUES = [['PING', ''], '+OK', ':12', ['a', '_'], [], '$EOF:40'];

it('values are read from a stream, in whatever pieces it comes', () => {
  expect(new RespReader().read(Buffer.from(STREAM))).toEqual(VALUES);
  const reader = new RespReader();
  expect([...STREAM].flatMap((letter) => reader.read(Buffer.from(letter)))).toEqual(VALUES);
});
