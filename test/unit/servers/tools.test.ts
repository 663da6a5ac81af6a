import { expect, test } from 'vitest';
import { ErrorCode } from '../../../src/protocol/jsonrpc.js';
import { listTools } from '../../../src/servers/tools.js';

test('a list of tools without an end is given up where its bound is', async () => {
  let pages = 0;
  const description = 'x'.repeat(1024 * 1024);
  const ask = async () => {
    pages += 1;
    return { result: { tools: [{ name: `tool ${pages}`, description }], nextCursor: `${pages}` } };
  };
  const outcome = await listTools(ask, { signal: new AbortController().signal });
  expect(outcome).toMatchObject({ error: { code: ErrorCode.oversize } });
  expect(pages).toBeLessThan(20);
});
