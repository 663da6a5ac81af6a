import { expect, it } from 'vitest';
import { startEndpoint } from '../../../src/faces/endpoint/server.js';
import { ListenError } from '../../../src/faces/http/listen-error.js';

it('a port that is taken is named as such', async () => {
  const endpoint = await startEndpoint();
  try {
    await expect(startEndpoint({ port: endpoint.port })).rejects.toMatchObject({
      code: 'LISTEN_FAILED',
      reason: 'EADDRINUSE',
      next: expect.stringContaining('Another program uses this port'),
    });
  } finally {
    await endpoint.close();
  }
});

it('an address of another computer is a wrong host, not a wrong port', async () => {
  // For documentation only (RFC 5737), so this computer never has it.
  await expect(startEndpoint({ host: '192.0.2.1' })).rejects.toMatchObject({
    code: 'LISTEN_FAILED',
    next: expect.stringContaining('Correct the host'),
  });
});

it.each([
  ['ENOTFOUND', /^Correct the host/],
  ['EAI_AGAIN', /^Correct the host/],
  ['EACCES', /^Choose a port of 1024 or more/],
])('%s is told with what to do', (code, next) => {
  const error = new ListenError('h', 1, Object.assign(new Error('no'), { code }));
  expect(error.message).toBe(`cannot listen on h:1 (${code})`);
  expect(error.next).toMatch(next);
});
