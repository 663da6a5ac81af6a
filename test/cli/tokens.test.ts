import { expect, test } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { gatewayProgram, program } from '../helpers/gateway-program.js';
import { INITIALIZE, post } from '../helpers/http-server.js';
import { fixture } from '../helpers/link.js';
import { tokenIssuer } from '../helpers/token-issuer.js';

test('the program takes tokens of an issuer, and neither log nor answers show one', async () => {
  const issuer = await tokenIssuer();
  const jwt = {
    issuer: issuer.issuer,
    audience: 'https://mcp.example.com/mcp',
    grants: { '*': { readOnly: false } },
  };
  const { cli, url } = await gatewayProgram({
    mcpServers: { calc: program(fixture('basic.mjs')) },
    gateway: { host: '0.0.0.0', jwt },
  });
  const token = issuer.token();
  const forged = `${token.slice(0, -8)}AAAAAAAA`;
  const at = url('calc').replace('0.0.0.0', '127.0.0.1');
  const status = async (one: string) => {
    const reply = await post(at, INITIALIZE, { authorization: `Bearer ${one}` });
    await reply.ended();
    expect(reply.text).not.toContain(one.slice(-40));
    return reply.status;
  };
  expect([await status(token), await status(forged)]).toEqual([200, 401]);
  await eventually(() => cli.stderr.includes('alice@') || undefined, { what: 'who has connected' });
  for (const one of [token, forged]) expect(cli.stderr).not.toContain(one.split('.')[2]);
});
