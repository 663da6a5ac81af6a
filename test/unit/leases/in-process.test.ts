import { expect, it } from 'vitest';
import { TokenTable } from '../../../src/leases/in-process.js';

it('counts the other links that hold a token now', () => {
  const tokens = new TokenTable();
  const letGo = tokens.hold('aaaa', 'one');
  tokens.hold('aaaa', 'two');
  tokens.hold('bbbb', 'three');
  expect(tokens.siblings('aaaa', 'one')).toBe(1);
  expect(tokens.siblings('aaaa', 'four')).toBe(2);
  letGo();
  letGo();
  expect(tokens.siblings('aaaa', 'two')).toBe(0);
});
