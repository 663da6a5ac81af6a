import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import { plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const ISSUER = 'https://login.example.com/realms/home';
const config = (gateway: object) => ({
  mcpServers: { calc: { command: 'node', args: ['a.js'], cwd: '/' } },
  gateway,
});
const planned = (gateway: object, env: Record<string, string> = {}) =>
  plan(config(gateway), env, { gateway: 'configured' });
const findings = async (gateway: object) =>
  (await refusal(planned(gateway))).map(({ id, path }) => `${id} ${path}`);
const issuer = (more: object = {}) => ({ issuer: ISSUER, audience: 'api', grants: { '*': {} }, ...more });

describe('"jwt" of "gateway"', () => {
  it('has defaults', async () => {
    const { gateway, warnings } = await planned({ jwt: issuer() });
    expect(warnings).toEqual([]);
    expect(gateway!.jwt).toEqual([
      {
        ...{ issuer: ISSUER, audience: ['api'], scopes: [], clockToleranceMs: 5_000, network: {} },
        algorithms: ['RS256', 'PS256', 'ES256', 'EdDSA'],
        grants: [{ name: '*', on: { kind: 'any' }, grant: {} }],
      },
    ]);
  });

  it('reads every key, with variables filled in', async () => {
    const written = {
      ...{ issuer: '$' + '{LOGIN}', audience: ['a', 'b'], jwks: './keys.json', algorithms: 'ES256' },
      ...{ clockTolerance: '30s', scopes: ['mcp.read'] },
      grants: {
        'scope:mcp.write': {},
        'sub:alice': { servers: ['mem*'], agents: ['kids'], tools: ['get_*'], readOnly: true, rate: '10/s' },
        'client:cli': { readOnly: 'false' },
        'claim:realm=a=b': {},
      },
    };
    const { gateway } = await planned({ jwt: [written] }, { LOGIN: ISSUER });
    const [one] = gateway!.jwt!;
    expect(one).toMatchObject({
      ...{ issuer: ISSUER, audience: ['a', 'b'], algorithms: ['ES256'], clockToleranceMs: 30_000 },
      scopes: ['mcp.read'],
    });
    expect((one!.keysAt as { file: string }).file).toMatch(join('/', 'keys.json'));
    expect(one!.grants!.map(({ on, grant }) => ({ on, grant }))).toEqual([
      { on: { kind: 'scope', value: 'mcp.write' }, grant: {} },
      {
        on: { kind: 'claim', names: ['sub'], value: 'alice' },
        grant: {
          ...{ servers: ['mem*'], agents: ['kids'], tools: ['get_*'], readOnly: true },
          rate: { calls: 10, perMs: 1_000 },
        },
      },
      { on: { kind: 'claim', names: ['client_id', 'azp', 'appid'], value: 'cli' }, grant: {} },
      { on: { kind: 'claim', names: ['realm'], value: 'a=b' }, grant: {} },
    ]);
  });

  it('without grants warns that every token may do everything', async () => {
    const { warnings } = await planned({ jwt: issuer({ grants: undefined }) });
    expect(warnings.map(({ id, path }) => `${id} ${path}`)).toEqual(['jwt-no-grants gateway.jwt']);
  });

  it('stands for a key: a gateway that others reach is not open, and who has tokens does not share processes', async () => {
    const { warnings, servers } = await planned({ host: '0.0.0.0', jwt: issuer() });
    expect(warnings).toEqual([]);
    expect(servers[0]!.options.share).toBe('key');
  });

  it('with "publicUrl" needs no audience', async () => {
    const jwt = issuer({ audience: undefined });
    const { gateway } = await planned({ jwt, publicUrl: 'https://mcp.example.com/pipe/' });
    expect(gateway).toMatchObject({ publicUrl: 'https://mcp.example.com/pipe', jwt: [{ audience: [] }] });
    expect(await findings({ jwt })).toEqual(['jwt-audience gateway.jwt']);
  });

  it.each([
    [{ issuer: 'http://login.example.com' }, 'jwt-issuer gateway.jwt.issuer'],
    [{ issuer: 'https://me:secret@login.example.com' }, 'jwt-issuer gateway.jwt.issuer'],
    [{ issuer: 'https://login.example.com/?a' }, 'jwt-issuer gateway.jwt.issuer'],
    [{ issuer: 'login.example.com' }, 'jwt-issuer gateway.jwt.issuer'],
    [{ issuer: undefined }, 'shape gateway.jwt.issuer'],
    [{ jwks: 'http://login.example.com/keys' }, 'jwt-jwks gateway.jwt.jwks'],
    [{ jwks: 'http://127.0.0.1:9/keys' }, 'jwt-jwks gateway.jwt.jwks'],
    [{ jwks: 'file:///etc/keys' }, 'jwt-jwks gateway.jwt.jwks'],
    [{ algorithms: ['HS256'] }, 'jwt-algorithm gateway.jwt.algorithms'],
    [{ algorithms: ['none'] }, 'jwt-algorithm gateway.jwt.algorithms'],
    [{ algorithms: [] }, 'jwt-algorithm gateway.jwt.algorithms'],
    [{ scopes: ['a b'] }, 'jwt-scope gateway.jwt.scopes'],
    [{ grants: { everyone: {} } }, 'jwt-grant gateway.jwt.grants.everyone'],
    [{ grants: { 'claim:groups': {} } }, 'jwt-grant gateway.jwt.grants["claim:groups"]'],
    [{ grants: { '*': { server: ['a'] } } }, 'unknown-setting gateway.jwt.grants["*"].server'],
    [{ grants: { '*': { readOnly: 3 } } }, 'shape gateway.jwt.grants["*"].readOnly'],
    [{ audiences: 'x' }, 'unknown-setting gateway.jwt.audiences'],
    [{ clockTolerance: -1 }, 'shape gateway.jwt.clockTolerance'],
  ])('%j is refused where it stands', async (more, expected) => {
    expect(await findings({ jwt: issuer(more) })).toEqual([expected]);
  });

  it('an entry of a list is named by its number; an issuer stands once', async () => {
    expect(await findings({ jwt: [issuer(), issuer({ scope: 'x' })] })).toEqual([
      'jwt-issuer-twice gateway.jwt[1].issuer',
      'unknown-setting gateway.jwt[1].scope',
    ]);
    expect(await findings({ jwt: 'https://login.example.com' })).toEqual(['shape gateway.jwt']);
  });

  it.each(['http://mcp.example.com', 'mcp.example.com', 'https://mcp.example.com/?x'])(
    '"publicUrl" is not %s',
    async (publicUrl) =>
      expect(await findings({ publicUrl })).toEqual(['gateway-public-url gateway.publicUrl']),
  );
});
