import { Agent, type IncomingHttpHeaders, type IncomingMessage, request } from 'node:http';

const ACCEPT = 'application/json, text/event-stream';
const VERSION = '2025-11-25';
/** Of an answer, what is looked at. */
const HEAD_BYTES = 1024;

interface Answer {
  status: number;
  headers: IncomingHttpHeaders;
  /** How the body begins. */
  head: string;
  bytes: number;
}

/** One MCP session over Streamable HTTP on kept connections: as light as node:http lets it be, the same beside all programs. */
export class HttpLoadSession {
  readonly #url: string;
  readonly #agent = new Agent({ keepAlive: true });
  #headers: Record<string, string> = { accept: ACCEPT, 'content-type': 'application/json' };
  #nextId = 1;
  #listening: IncomingMessage | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  /** Rejects when nothing listens there yet, or does not answer as MCP does. */
  async open(): Promise<void> {
    const clientInfo = { name: 'bench', version: '1' };
    const params = { protocolVersion: VERSION, capabilities: {}, clientInfo };
    const { headers, head } = await this.#ask('initialize', JSON.stringify(params));
    if (!head.includes('"serverInfo"')) throw new Error(`no answer to initialize: ${head}`);
    const session = headers['mcp-session-id'];
    this.#headers = { ...this.#headers, 'mcp-protocol-version': VERSION };
    if (typeof session === 'string') this.#headers['mcp-session-id'] = session;
    await this.#post('{"jsonrpc":"2.0","method":"notifications/initialized"}');
  }

  /** Opens the stream of what the server says by itself, as clients do; a program that has none may refuse it. */
  listen(): Promise<void> {
    return new Promise((resolve, reject) => {
      const headers = { ...this.#headers, accept: 'text/event-stream' };
      const asked = request(this.#url, { agent: this.#agent, headers }, (response) => {
        this.#listening = response;
        response.on('error', () => {}).resume();
        resolve();
      });
      asked.on('error', reject).end();
      // Headers of a stream may wait for its first event.
      setTimeout(resolve, 200);
    });
  }

  /** Calls the tool, whose text is to have so many bytes. Resolves once the whole answer is there; rejects for any other. */
  async call(size = 0): Promise<void> {
    const { head, bytes } = await this.#ask(
      'tools/call',
      `{"name":"bench","arguments":{${size ? `"size":${size}` : ''}}}`,
    );
    if (bytes < size || !head.includes('"text"')) throw new Error(`another answer: ${head.slice(0, 200)}`);
  }

  close(): void {
    this.#listening?.destroy();
    this.#agent.destroy();
  }

  async #ask(method: string, params: string): Promise<Answer> {
    const id = this.#nextId++;
    const answer = await this.#post(`{"jsonrpc":"2.0","id":${id},"method":"${method}","params":${params}}`);
    // Another order of members may have put the id behind a large result.
    if (answer.status !== 200 || (answer.bytes < HEAD_BYTES && !answer.head.includes(`"id":${id}`)))
      throw new Error(`${method}: ${answer.status} ${answer.head.slice(0, 200)}`);
    return answer;
  }

  #post(body: string): Promise<Answer> {
    return new Promise((resolve, reject) => {
      const headers = { ...this.#headers, 'content-length': Buffer.byteLength(body) };
      const asked = request(this.#url, { method: 'POST', agent: this.#agent, headers }, (response) => {
        const { statusCode: status = 0, headers } = response;
        let head = '';
        let bytes = 0;
        response.on('data', (chunk: Buffer) => {
          bytes += chunk.length;
          if (head.length < HEAD_BYTES) head += chunk.toString('latin1', 0, HEAD_BYTES);
        });
        response.on('end', () => resolve({ status, headers, head, bytes }));
        response.on('error', reject);
      });
      asked.on('error', reject).end(body);
    });
  }
}
