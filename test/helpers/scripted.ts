import { onTestFinished } from 'vitest';
import { FakeEndpoint } from './fake-endpoint.js';
import { type MemberUnderTest, type MuxUnderTest, startMux } from './link.js';

/** Options of test/fixtures/servers/scripted.mjs. Results and errors are JSON text. */
export interface Script {
  capabilities?: object;
  instructions?: string;
  protocolVersion?: string;
  pages?: Record<string, string[]>;
  replies?: Record<string, string>;
  errors?: Record<string, string>;
  /** How long it reads nothing at the start, in milliseconds. */
  startMs?: number;
  /** It speaks only MCP 2026-07-28. */
  modern?: boolean;
}

/** A server that follows the protocol. */
export function scripted(
  name: string,
  script: Script = {},
  more: Partial<MemberUnderTest> = {},
): MemberUnderTest {
  return { name, server: ['scripted.mjs'], env: { SCRIPT: JSON.stringify(script) }, ...more };
}

export const tool = (name: string) => `{"name":"${name}","inputSchema":{"type":"object"}}`;
/** One page of `tools/list`. */
export const toolsPage = (...names: string[]) => ({
  'tools/list': [`{"tools":[${names.map(tool).join(',')}]}`],
});

/** Several servers on one connection. The endpoint has initialised them as the cloud does. */
export async function muxLink(
  members: MemberUnderTest[],
  { greet = true, ...options }: Partial<MuxUnderTest> & { greet?: boolean } = {},
) {
  const fake = await FakeEndpoint.start();
  onTestFinished(() => fake.close());
  const test = startMux({ endpoint: fake.endpoint(), members, ...options });
  const connection = await fake.connection();
  if (greet) await connection.greet();
  let lastId = 100;
  const names = async () => {
    lastId += 1;
    const { result, error } = await connection.call(lastId, 'tools/list');
    return error ? error : result.tools.map(({ name }) => name);
  };
  const changes = () =>
    connection.frames.filter((frame) => frame.includes('notifications/tools/list_changed'));
  return { fake, test, connection, names, changes };
}
