import { expect, it, onTestFinished } from 'vitest';
import { openLocalEndpoint } from '../../../src/cli/commands/local.js';
import { texts } from '../../../src/messages/commands/run.js';

it('a link that comes later has its address printed, one that is known is not printed again', async () => {
  const local = await openLocalEndpoint(0);
  onTestFinished(() => local.close());
  const apart = local.endpoints(true);
  const link = (name: string) => ({ name, endpoint: apart(name, undefined, undefined) });
  const lines: string[] = [];
  const announce = (...names: string[]) =>
    local.announce(names.map(link), (text) => void lines.push(text.split(':')[0]!), texts.en);
  announce('a', 'b');
  expect(lines).toEqual(['a', 'a', 'b', 'b']);
  announce('a');
  announce('a', 'b', 'c');
  expect(lines.slice(4)).toEqual(['c', 'c']);
  // Another mode gives the same servers other links.
  const tokensOf = (endpoints: typeof apart) =>
    new Set(['a', 'b'].map((name) => endpoints(name, undefined, undefined).fingerprint)).size;
  expect([tokensOf(apart), tokensOf(local.endpoints(false))]).toEqual([2, 1]);
});
