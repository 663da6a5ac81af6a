import { afterEach, describe, expect, test } from 'vitest';
import { plan, refusal, removeFolders } from './workspace.js';

afterEach(removeFolders);

const config = (entry: object) => ({
  mcpServers: { git: { command: 'node', args: ['a.js'], cwd: '/', ...entry } },
});
const session = (callerEnv: unknown) => config({ share: 'session', callerEnv });
const idsOf = async (written: object) => (await refusal(plan(written))).map(({ id }) => id);

describe('"callerEnv"', () => {
  test('gives names of headers in small letters, by variable', async () => {
    const made = await plan(session({ '//': 'From its caller.', GITHUB_TOKEN: 'header:X-GitHub-Token' }));
    expect(made.warnings).toEqual([]);
    expect(made.servers[0]!.options).toMatchObject({
      share: 'session',
      callerEnv: { GITHUB_TOKEN: 'x-github-token' },
    });
  });

  test.each(['key', 'session'])('is followed with "share": "%s"', async (share) => {
    const made = await plan(config({ share, callerEnv: { A: 'header:X-A' } }));
    expect(made.servers[0]!.options.share).toBe(share);
  });

  test('a value without "header:" is refused, without being repeated', async () => {
    const [finding] = await refusal(plan(session({ GITHUB_TOKEN: 'ghp_verysecretvalue' })));
    expect(finding).toMatchObject({ id: 'caller-env-form', code: 'CONFIG_CALLER_ENV' });
    expect(JSON.stringify(finding)).not.toContain('ghp_verysecretvalue');
    expect(finding!.next).toContain('"GITHUB_TOKEN": "header:X-Github-Token"');
  });

  test.each([
    ['no name', { A: 'header:' }, 'caller-env-form'],
    ['a space in the name', { A: 'header:X A' }, 'caller-env-form'],
    ['a variable that is none', { 'A B': 'header:X-A' }, 'caller-env-name'],
    ['a variable that starts programs', { NODE_OPTIONS: 'header:X-A' }, 'caller-env-powerful'],
    ['a variable of the loader', { LD_PRELOAD: 'header:X-A' }, 'caller-env-powerful'],
    ['an endpoint', { MCP_ENDPOINT_GIT: 'header:X-A' }, 'caller-env-powerful'],
    ['the header of keys', { A: 'header:Authorization' }, 'caller-env-reserved'],
    ['a header of the connection', { A: 'header:mcp-session-id' }, 'caller-env-reserved'],
  ])('%s is refused', async (_, callerEnv, id) => {
    expect(await idsOf(session(callerEnv))).toEqual([id]);
  });

  test('a process for all is refused', async () => {
    expect(await idsOf(config({ callerEnv: { A: 'header:X-A' } }))).toEqual(['caller-env-shared']);
    expect(await idsOf(config({ share: 'agent', callerEnv: { A: 'header:X-A' } }))).toContain(
      'caller-env-shared',
    );
  });

  test('a remote server has no environment', async () => {
    const remote = {
      mcpServers: { far: { url: 'https://example.com/mcp', callerEnv: { A: 'header:X-A' } } },
    };
    expect(await idsOf(remote)).toEqual(['caller-env-remote']);
  });

  test('another word for "share" is refused with all four', async () => {
    const [finding] = await refusal(plan(config({ share: 'client' })));
    expect(finding).toMatchObject({ id: 'shape', expected: '"server", "agent", "key" or "session"' });
  });
});
