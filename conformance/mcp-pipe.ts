import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { mkdtemp, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { JSONRPCMessage, Transport } from '@modelcontextprotocol/client';
import { StdioClientTransport } from '@modelcontextprotocol/client/stdio';

const BIN = fileURLToPath(new URL('../bin/mcp-pipe.js', import.meta.url));
const NAME = 'tested';
/** The link that `mcp-pipe login` prints. */
const LINK = /https?:\/\/\S*[?&]response_type=code\S*/;

/** `mcp-pipe stdio` with one remote server, in a folder of its own. */
export class McpPipe {
  /** For its configuration, state and logins. */
  readonly folder: string;
  readonly #opened: Transport[] = [];

  private constructor(folder: string) {
    this.folder = folder;
  }

  /** @param oauth The key of that name in the server's entry. */
  static async create(url: string, oauth: object | undefined): Promise<McpPipe> {
    const folder = await mkdtemp(join(tmpdir(), 'mcp-pipe-conformance-'));
    const entry = { type: 'http', url, ...(oauth ? { oauth } : {}) };
    const config = { mcpServers: { [NAME]: entry } };
    await writeFile(join(folder, 'mcp_config.json'), JSON.stringify(config));
    return new McpPipe(folder);
  }

  async open(): Promise<Transport> {
    const transport = new StdioClientTransport({
      command: process.execPath,
      args: [BIN, 'stdio', NAME, '--log-level', 'warn'],
      cwd: this.folder,
      env: this.#env,
      stderr: 'inherit',
    });
    this.#opened.push(transport);
    return transport;
  }

  /** As `open`, but `server/discover` is answered here: for servers that do not know it. */
  async openDiscovered(): Promise<Transport> {
    const transport = await this.open();
    const send = transport.send.bind(transport);
    transport.send = async (message, options) => {
      if (!('method' in message && 'id' in message && message.method === 'server/discover'))
        return send(message, options);
      transport.onmessage?.({ jsonrpc: '2.0', id: message.id, result: DISCOVERED } as JSONRPCMessage);
    };
    return transport;
  }

  /** Logs in as a person does who has no browser here: opens the link elsewhere, and pastes the address that it led to. */
  async login(): Promise<void> {
    const child = spawn(process.execPath, [BIN, 'login', NAME, '--no-browser'], {
      cwd: this.folder,
      env: this.#env,
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    let said = '';
    let isFollowed = false;
    const take = (text: string) => {
      said += text;
      const [link] = LINK.exec(said) ?? [];
      if (isFollowed || link === undefined || !said.slice(said.indexOf(link) + link.length).includes('\n'))
        return;
      isFollowed = true;
      follow(link).then(
        (address) => child.stdin.end(`${address}\n`),
        (error) => child.stdin.destroy(error),
      );
    };
    child.stdin.on('error', () => {});
    child.stdout.setEncoding('utf8').on('data', take);
    child.stderr.setEncoding('utf8').on('data', take);
    const [code] = await once(child, 'close');
    if (code !== 0) throw new Error(`mcp-pipe login ended with ${code}:\n${said}`);
  }

  async close(): Promise<void> {
    await Promise.all(this.#opened.map((transport) => transport.close().catch(() => {})));
  }

  /** Nothing of the person's own who runs this is read or written. */
  get #env(): Record<string, string> {
    const { PATH = '' } = process.env;
    return { PATH, HOME: this.folder, XDG_STATE_HOME: join(this.folder, 'state') };
  }
}

const DISCOVERED = {
  resultType: 'complete',
  supportedVersions: ['2026-07-28'],
  capabilities: { tools: { listChanged: true }, resources: {}, prompts: {} },
  serverInfo: { name: 'test-client', version: '1.0.0' },
};

/** Where an authorization server sends the browser; the runner's asks no person. */
async function follow(link: string): Promise<string> {
  const { headers, status } = await fetch(link, { redirect: 'manual' });
  const location = headers.get('location');
  if (!location) throw new Error(`the authorization server answered ${status} without an address`);
  return location;
}
