import { onTestFinished } from 'vitest';

/** Calls a tool again and again over Streamable HTTP, without sessions, and counts what is answered. */
export class SteadyCaller {
  answered = 0;
  readonly failures: string[] = [];
  #isStopped = false;
  readonly #ended: Promise<void>;

  constructor(url: string, lanes = 2) {
    this.#ended = Promise.all(Array.from({ length: lanes }, () => this.#callAlways(url))).then(() => {});
    onTestFinished(() => this.stop());
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    await this.#ended;
  }

  async #callAlways(url: string): Promise<void> {
    while (!this.#isStopped) {
      try {
        const text = await callOnce(url);
        if (text === '42') this.answered++;
        else this.failures.push(text);
      } catch (error) {
        this.failures.push(String((error as Error).cause ?? error));
      }
      await new Promise((resolve) => setTimeout(resolve, 25));
    }
  }
}

/** The text of the result, or what was answered instead. */
async function callOnce(url: string): Promise<string> {
  const meta = {
    'io.modelcontextprotocol/protocolVersion': '2026-07-28',
    'io.modelcontextprotocol/clientInfo': { name: 'deploy test', version: '1' },
    'io.modelcontextprotocol/clientCapabilities': {},
  };
  const params = { name: 'calculate', arguments: { expression: '6*7' }, _meta: meta };
  const response = await fetch(url, {
    method: 'POST',
    headers: {
      ...{ 'content-type': 'application/json', accept: 'application/json, text/event-stream' },
      ...{ 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'calculate' },
    },
    body: JSON.stringify({ jsonrpc: '2.0', id: 1, method: 'tools/call', params }),
  });
  const text = await response.text();
  if (response.status !== 200) return `${response.status} ${text.slice(0, 200)}`;
  const { result } = JSON.parse(/^data: (.*)$/m.exec(text)?.[1] ?? text) as {
    result?: { content: [{ text: string }] };
  };
  return result?.content[0].text ?? text.slice(0, 200);
}
