import * as next from '@modelcontextprotocol/client';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StreamableHTTPClientTransport } from '@modelcontextprotocol/sdk/client/streamableHttp.js';
import {
  CreateMessageRequestSchema,
  ElicitRequestSchema,
  ListRootsRequestSchema,
  LoggingMessageNotificationSchema,
} from '@modelcontextprotocol/sdk/types.js';
import { onTestFinished } from 'vitest';

/** The functions of both generations of the SDK's client that tests use. */
export interface HttpClient {
  tools(): Promise<string[]>;
  resources(): Promise<string[]>;
  prompts(): Promise<string[]>;
  /** The texts of the result. */
  call(name: string, given?: Record<string, unknown>, options?: CallOptions): Promise<string>;
  /** Log messages that the client received. */
  readonly logs: unknown[];
  readonly version: string | undefined;
  close(): Promise<void>;
}

export interface CallOptions {
  signal?: AbortSignal;
  onprogress?: (progress: { progress: number }) => void;
}

export interface ClientOptions {
  /** The answer to `roots/list`; without it the client has no roots. */
  roots?: string[];
}

const CLIENT = { name: 'test', version: '1' };
const SAMPLED = {
  model: 'none',
  role: 'assistant' as const,
  content: { type: 'text' as const, text: 'sampled!' },
};
const ELICITED = { action: 'accept' as const, content: { name: 'Lan' } };

function capabilitiesFor({ roots }: ClientOptions) {
  return { sampling: {}, elicitation: { form: {} }, ...(roots ? { roots: { listChanged: true } } : {}) };
}

const rootsOf = (roots: string[] = []) => ({ roots: roots.map((path) => ({ uri: `file://${path}` })) });
const textOf = (result: unknown) =>
  (result as { content: { text?: string }[] }).content.map(({ text }) => text ?? '').join('\n');

/** The client of SDK 1.x. */
export async function connectV1(url: string, options: ClientOptions = {}): Promise<HttpClient> {
  const client = new Client(CLIENT, { capabilities: capabilitiesFor(options) });
  const logs: unknown[] = [];
  client.setRequestHandler(CreateMessageRequestSchema, () => SAMPLED);
  client.setRequestHandler(ElicitRequestSchema, () => ELICITED);
  if (options.roots) client.setRequestHandler(ListRootsRequestSchema, () => rootsOf(options.roots));
  client.setNotificationHandler(
    LoggingMessageNotificationSchema,
    ({ params }) => void logs.push(params.data),
  );
  const transport = new StreamableHTTPClientTransport(new URL(url));
  await client.connect(transport as Parameters<typeof client.connect>[0]);
  onTestFinished(() => client.close());
  return {
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    prompts: async () => (await client.listPrompts()).prompts.map(({ name }) => name),
    call: async (name, given = {}, how = {}) =>
      textOf(await client.callTool({ name, arguments: given }, undefined, how)),
    logs,
    version: transport.protocolVersion,
    close: () => client.close(),
  };
}

/** The client of SDK 2.x; `auto` prefers MCP 2026-07-28. */
export async function connectV2(
  url: string,
  options: ClientOptions & { mode?: 'legacy' | 'auto' } = {},
): Promise<HttpClient & { client: next.Client }> {
  const client = new next.Client(CLIENT, {
    capabilities: capabilitiesFor(options),
    versionNegotiation: { mode: options.mode ?? 'legacy' },
  });
  const logs: unknown[] = [];
  client.setRequestHandler('sampling/createMessage', () => SAMPLED);
  client.setRequestHandler('elicitation/create', () => ELICITED);
  if (options.roots) client.setRequestHandler('roots/list', () => rootsOf(options.roots));
  client.setNotificationHandler('notifications/message', ({ params }) => void logs.push(params.data));
  await client.connect(new next.StreamableHTTPClientTransport(new URL(url)));
  onTestFinished(() => client.close());
  return {
    client,
    tools: async () => (await client.listTools()).tools.map(({ name }) => name),
    resources: async () => (await client.listResources()).resources.map(({ uri }) => uri),
    prompts: async () => (await client.listPrompts()).prompts.map(({ name }) => name),
    call: async (name, given = {}, how = {}) =>
      textOf(await client.callTool({ name, arguments: given }, how)),
    logs,
    version: client.getNegotiatedProtocolVersion(),
    close: () => client.close(),
  };
}
