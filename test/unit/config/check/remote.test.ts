import { afterEach, describe, expect, it, test } from 'vitest';
import { wordFinding } from '../../../../src/messages/index.js';
import { removeFolders } from '../workspace.js';
import { address, checked } from './checked.js';

afterEach(removeFolders);

const SECRET = 'made-up-secret-0123';
const URL = 'https://a.example/mcp';
const ref = (name: string) => `\${${name}}`;

async function findingsOf(entry: object, env = '', files: Record<string, string> = {}) {
  const found = await checked({
    files: { 'mcp_config.json': { mcpServers: { far: entry } }, '.env': env, ...files },
    env: { MCP_ENDPOINT: address('made-up-token-one') },
  });
  for (const finding of found.findings) {
    const { expected, got, next } = wordFinding(finding, 'en');
    expect(expected + got + next).not.toContain(SECRET);
  }
  return found.findings.map(({ id, severity, path }) => [id, severity, path.replace('mcpServers.far', '')]);
}

describe('the check of a remote server', () => {
  it('finds nothing in one whose secrets stand in .env', async () => {
    const headers = { Authorization: `Bearer ${ref('T')}`, 'X-Region': 'vn' };
    expect(await findingsOf({ url: URL, headers }, `T=${SECRET}`)).toEqual([]);
    expect(await findingsOf({ url: `${URL}?key=${ref('K')}` }, `K=${SECRET}`)).toEqual([]);
    expect(await findingsOf({ url: 'http://192.168.1.2/mcp', headers }, `T=${SECRET}`)).toEqual([]);
  });

  test.each<[object, [id: string, severity: string, path: string][]]>([
    [
      { url: URL, headers: { Authorization: `Bearer ${SECRET}` } },
      [['secret-in-entry', 'warning', '.headers.Authorization']],
    ],
    [{ url: URL, headers: { 'X-Api-Key': SECRET } }, [['secret-in-entry', 'warning', '.headers.X-Api-Key']]],
    [{ url: `${URL}?api_key=${SECRET}` }, [['secret-in-entry', 'warning', '.url']]],
    [
      { url: URL, headers: { Authorization: 'Bearer YOUR_TOKEN_HERE' } },
      [['secret-placeholder', 'warning', '.headers.Authorization']],
    ],
    [
      { url: URL, headers: { Authorization: 'Bearer ' } },
      [['secret-placeholder', 'warning', '.headers.Authorization']],
    ],
    [
      { url: URL, headers: { Authorization: ref('T') } },
      [['authorization-scheme', 'warning', '.headers.Authorization']],
    ],
    [
      { url: 'http://a.example/mcp', headers: { Authorization: `Bearer ${ref('T')}` } },
      [['url-unencrypted', 'warning', '.url']],
    ],
    [{ url: 'http://a.example/mcp' }, []],
    [{ url: URL, ca: 'gone.pem' }, [['certificate-missing', 'error', '.ca']]],
    [{ url: URL, ca: 'ca.pem' }, []],
    [{ command: 'npx', args: ['-y', 'mcp-remote', URL] }, [['bridge', 'warning', '.command']]],
    [{ command: 'npx', args: ['-y', 'mcp-remote', URL, '--unknown'] }, []],
  ])('of %j says %j', async (entry, found) => {
    const findings = await findingsOf(entry, `T=${SECRET}`, { 'ca.pem': '' });
    expect(findings.filter(([id]) => id !== 'program-missing')).toEqual(found);
  });
});
