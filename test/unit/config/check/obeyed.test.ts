import { afterEach, describe, expect, test } from 'vitest';
import { checkConfig } from '../../../../src/config/check/check.js';
import { thisMachine } from '../../../../src/config/check/host.js';
import { loadConfig } from '../../../../src/config/load.js';
import { ConfigError, type Finding } from '../../../../src/protocol/errors.js';
import { obey } from '../../../helpers/obey.js';
import { folderWith, removeFolders } from '../workspace.js';
import { SCRIPT } from './checked.js';

afterEach(removeFolders);

const tools = ['node', 'npx', 'npm', 'uvx', 'docker'];
const machine = {
  ...thisMachine(),
  gitStateOf: () => undefined,
  modeOf: () => undefined,
  kindOf: (path: string) =>
    tools.some((name) => path === `/tools/${name}`) ? ('file' as const) : thisMachine().kindOf(path),
  isExecutable: () => true,
};

/** Does what check advises until it has nothing to say; the addresses that are left, and what was advised on the way. */
async function obeyed(files: Record<string, string | object>, env: Record<string, string> = {}) {
  const cwd = folderWith({ ...SCRIPT, 'home/calc.js': '', ...files });
  const advised: string[] = [];
  for (let round = 0; round < 6; round++) {
    const { findings, addresses } = await look(cwd, { PATH: '/tools', HOME: `${cwd}/home`, ...env });
    if (findings.length === 0) return { advised, addresses };
    const [first] = [...findings].sort((a, b) => rank(b) - rank(a));
    advised.push(first!.id);
    obey(first!);
  }
  throw new Error(`the advice leads in a circle: ${advised.join(', ')}`);
}

/** A missing endpoint is the consequence of what else is said. */
const rank = ({ id, severity }: Finding) => (id === 'no-endpoint' ? 0 : severity === 'error' ? 2 : 1);

async function look(cwd: string, env: Record<string, string>) {
  try {
    const config = await loadConfig({ cwd, env });
    const { findings, servers } = await checkConfig(config, { cwd }, machine);
    return { findings, addresses: servers.map(({ addresses: [first] }) => first?.endpoint?.href) };
  } catch (error) {
    if (error instanceof ConfigError) return { findings: error.findings, addresses: [] };
    throw error;
  }
}

const one = (members: object) => ({
  mcpServers: { calc: { command: 'node', args: ['calc.js'], endpoint: 'ws://127.0.0.1:1/', ...members } },
});

const RIGHT = 'ws://192.168.1.2:8004/mcp_endpoint/mcp/?token=ab%2Bcd%3D';

describe('an address is right after its advice is obeyed', () => {
  test.each([
    ['http://192.168.1.2:8004/mcp_endpoint/mcp/?token=ab%2Bcd%3D', ['endpoint-http']],
    ['http://192.168.1.2:8004/mcp_endpoint/mcp?token=ab%2Bcd%3D', ['endpoint-http']],
    ['http://192.168.1.2:8004/mcp_endpoint/call/?token=ab%2Bcd%3D', ['endpoint-http']],
    ['ws://192.168.1.2:8004/mcp_endpoint/call/?token=ab%2Bcd%3D', ['endpoint-for-callers']],
    ['ws://192.168.1.2:8004/mcp_endpoint/mcp?token=ab%2Bcd%3D', ['endpoint-no-slash']],
    ['192.168.1.2:8004/mcp_endpoint/mcp/?token=ab%2Bcd%3D', ['endpoint-no-scheme']],
    ['ws://192.168.1.2:8004/mcp_endpoint/mcp/?token=ab+cd%3D', ['token-plus']],
    ['ws://192.168.1.2:8004/mcp_endpoint/mcp/?token=ab%252Bcd%253D', ['token-encoded-twice']],
    ['"ws://192.168.1.2:8004/mcp_endpoint/mcp/?token=ab%2Bcd%3D"', ['endpoint-quoted']],
    ['“ws://192.168.1.2:8004/mcp_endpoint/mcp/?token=ab+cd%3D”', ['endpoint-quoted', 'token-plus']],
    ['"ws://192.168.1.2:8004/mcp_endpoint/mcp/?token=ab%2Bcd%3D', ['endpoint-no-address']],
    ['\u200Bws://192.168.1.2:8004/mcp_endpoint/mcp/?token=ab%2Bcd%3D\uFEFF ', []],
  ])('%s', async (endpoint, ids) => {
    const { advised, addresses } = await obeyed({ 'mcp_config.json': one({ endpoint }) });
    expect([advised, addresses]).toEqual([ids, [RIGHT]]);
  });

  test('ws:// to a port of TLS', async () => {
    const { advised, addresses } = await obeyed({
      'mcp_config.json': one({ endpoint: 'ws://example.com:443/?token=ab' }),
    });
    expect([advised, addresses]).toEqual([['endpoint-tls-port'], ['wss://example.com/?token=ab']]);
  });

  test.each([
    [`$env:MCP_ENDPOINT = "${RIGHT}"`, '.env', ['env-line']],
    [`set MCP_ENDPOINT=${RIGHT}`, '.env', ['env-line']],
    [`setx MCP_ENDPOINT "${RIGHT}"`, '.env', ['env-line']],
    [`mcp_endpoint=${RIGHT}`, '.env', ['env-name']],
    [RIGHT, '.env', ['env-line']],
    [`MCP_ENDPOINT=${RIGHT}`, '.env.txt', ['file-misnamed']],
    [`MCP_ENDPOINT=“${RIGHT}”`, '.env', ['endpoint-quoted']],
  ])('in .env: %s (%s)', async (line, name, ids) => {
    const config = one({ endpoint: undefined });
    const { advised, addresses } = await obeyed({ 'mcp_config.json': config, [name]: `# mine\n${line}\n` });
    expect([advised, addresses]).toEqual([ids, [RIGHT]]);
  });
});

describe('an entry is right after its advice is obeyed', () => {
  test.each([
    [{ command: 'npx', args: ['@scope/package', '/srv'] }, ['npx-asks']],
    [{ command: 'npm', args: ['exec', 'package'] }, ['npx-asks']],
    [{ command: 'npx', args: ['-y @scope/package /srv'] }, ['args-in-one']],
    [{ command: 'npx', args: ['@scope/package /srv'] }, ['args-in-one', 'npx-asks']],
    [{ command: 'npx', args: ['-y', 'server-filesystem', '.'] }, ['served-folder']],
    [{ command: 'docker', args: ['run', '--rm', 'image'] }, ['docker-no-stdin']],
    [{ command: 'docker', args: ['run', '-it', 'image'] }, ['docker-terminal']],
    [{ command: 'docker', args: ['run', '-d', 'image'] }, ['docker-no-stdin', 'docker-detached']],
    [{ command: 'cmd', args: ['/c', 'npx', '-y', 'package'] }, ['windows-shell']],
    [{ command: 'cmd', args: ['/C', 'npx -y package'] }, ['windows-shell']],
    [{ command: 'powershell', args: ['-Command', 'npx -y package'] }, ['windows-shell']],
    [{ args: ['.\\calc.js'] }, ['windows-path']],
    [{ args: ['%USERPROFILE%\\calc.js'] }, ['shell-path']],
    [{ command: 'npx.cmd', args: ['-y', 'package'] }, ['windows-program']],
    [{ args: ['~/calc.js'] }, ['shell-path']],
    [{ args: ['$HOME/calc.js'] }, ['shell-path']],
    [{ cwd: '$HOME' }, ['shell-path']],
    [{ args: null, command: 'uvx' }, ['shape']],
    [{ env: null }, ['shape']],
    [{ tools: null, cwd: null, disabled: null }, ['shape', 'shape', 'shape']],
  ])('%j', async (members, ids) => {
    const { advised, addresses } = await obeyed({ 'mcp_config.json': one(members) });
    expect([advised, addresses]).toEqual([ids, ['ws://127.0.0.1:1/']]);
  });
});

describe('a file is right after its advice is obeyed', () => {
  const whole = JSON.stringify(one({}), undefined, 2);
  test.each([
    ['half-json', whole.slice(1, -1)],
    ['fence', `\`\`\`json\n${whole}\n\`\`\`\n`],
    ['typographic-quotes', whole.replace('"calc"', '“calc”')],
  ])('%s', async (_, text) => {
    const { advised, addresses } = await obeyed({ 'mcp_config.json': text });
    expect([advised, addresses]).toEqual([['other-format'], ['ws://127.0.0.1:1/']]);
  });
});
