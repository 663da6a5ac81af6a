import { rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { Client, type ClientOptions } from '@modelcontextprotocol/client';
import { McpPipe } from './mcp-pipe.js';

/**
 * `driver.ts URL`: what the official runner starts for each scenario of a client. The client under test is
 * `mcp-pipe stdio`, which has the server at URL behind it; the SDK's client speaks to it over stdio and does what the scenario
 * asks for. The runner judges by what arrives at the server.
 */
async function main(): Promise<number> {
  const url = process.argv[2];
  const scenario = process.env.MCP_CONFORMANCE_SCENARIO;
  if (!url || !scenario) {
    process.stderr.write('usage: MCP_CONFORMANCE_SCENARIO=NAME driver.ts URL\n');
    return 2;
  }
  const context = JSON.parse(process.env.MCP_CONFORMANCE_CONTEXT ?? '{}') as Context;
  const run = SCENARIOS[scenario] ?? (scenario.startsWith('auth/') ? callWithLogin : listAndCall);
  const pipe = await McpPipe.create(url, oauthOf(scenario, context));
  if (context.private_key_pem) await writeFile(join(pipe.folder, KEY_FILE), context.private_key_pem);
  try {
    await run(pipe, context);
    return 0;
  } catch (error) {
    process.stderr.write(`${error instanceof Error ? error.stack : error}\n`);
    return 1;
  } finally {
    await pipe.close();
    await rm(pipe.folder, { recursive: true, force: true });
  }
}

/** What the runner tells a client beside the URL. */
interface Context {
  client_id?: string;
  client_secret?: string;
  private_key_pem?: string;
  signing_algorithm?: string;
  toolCalls?: { name: string; arguments: Record<string, unknown> }[];
}

type Run = (pipe: McpPipe, context: Context) => Promise<void>;

/** Set by the runner: the revision that the scenario is tried in. */
const isModern = process.env.MCP_CONFORMANCE_PROTOCOL_VERSION === '2026-07-28';
/** In the folder of the configuration. */
const KEY_FILE = 'key.pem';
/** How often a login is tried again after the server asked for more. */
const MOST_LOGINS = 3;

const modern = { versionNegotiation: { mode: 'auto' } } as const;
const anyEra: ClientOptions = { capabilities: {}, ...(isModern ? modern : {}) };

const SCENARIOS: Readonly<Record<string, Run>> = {
  'elicitation-sep1034-client-defaults': async (pipe) => {
    const client = new Client(CLIENT, { capabilities: { elicitation: { form: { applyDefaults: true } } } });
    client.setRequestHandler('elicitation/create', async () => ({ action: 'accept', content: {} }));
    await client.connect(await pipe.open());
    await callEach(client, [{ name: 'test_client_elicitation_defaults', arguments: {} }]);
    await client.close();
  },
  'request-metadata': async (pipe) => {
    const capabilities = { roots: { listChanged: true }, sampling: {}, elicitation: {} };
    const client = new Client(CLIENT, { capabilities, ...modern });
    await client.connect(await pipe.open());
    await client.close();
  },
  // These servers know no server/discover, and are tried in the revision that begins with it.
  'http-standard-headers': async (pipe) => {
    const client = await connectedModern(pipe);
    const { tools } = await client.listTools();
    if (tools[0]) await client.callTool({ name: tools[0].name, arguments: {} });
    const { resources } = await client.listResources();
    if (resources[0]) await client.readResource({ uri: resources[0].uri });
    const { prompts } = await client.listPrompts();
    if (prompts[0]) await client.getPrompt({ name: prompts[0].name, arguments: {} });
    await client.close();
  },
  'http-custom-headers': async (pipe, { toolCalls = [] }) => {
    const client = await connectedModern(pipe);
    await client.listTools();
    await callEach(client, toolCalls);
    await client.close();
  },
  'http-invalid-tool-headers': async (pipe) => {
    const client = await connectedModern(pipe);
    const { tools } = await client.listTools();
    await callEach(
      client,
      tools.map(({ name }) => ({ name, arguments: { region: 'us-west1' } })),
    );
    await client.close();
  },
  'sep-2322-client-request-state': async (pipe) => {
    const client = await connectedModern(pipe, { elicitation: {} });
    client.setRequestHandler('elicitation/create', async () => ({
      action: 'accept',
      content: { confirmed: true },
    }));
    for (const name of ['echo_state', 'no_state', 'unrelated'])
      await client.callTool({ name: `test_mrtr_${name}`, arguments: {} });
    // The SDK refuses the answer; asked is only that nothing is sent again.
    await client.callTool({ name: 'test_mrtr_no_result_type', arguments: {} }).catch(() => {});
    await client.close();
  },
  'json-schema-2020-12-preservation': async (pipe) => {
    const client = await connected(pipe);
    const { tools } = await client.listTools();
    const schema = tools.find(({ name }) => name === 'json_schema_2020_12_tool')?.inputSchema;
    await client.callTool({ name: 'json_schema_echo', arguments: { schema } });
    await client.close();
  },
  'auth/client-credentials-jwt': listAndCall,
  'auth/client-credentials-basic': listAndCall,
};

const CLIENT = { name: 'test-client', version: '1.0.0' };

async function connected(pipe: McpPipe): Promise<Client> {
  const client = new Client(CLIENT, anyEra);
  await client.connect(await pipe.open());
  return client;
}

/** The driver itself answers `server/discover`, as the SDK's own client for these scenarios does. */
async function connectedModern(
  pipe: McpPipe,
  capabilities: ClientOptions['capabilities'] = {},
): Promise<Client> {
  const client = new Client(CLIENT, { capabilities, ...modern });
  await client.connect(await pipe.openDiscovered());
  return client;
}

/** Calls what the server has, by the arguments that it can do something with. */
async function listAndCall(pipe: McpPipe): Promise<void> {
  const client = await connected(pipe);
  const { tools } = await client.listTools();
  const calls = { add_numbers: { a: 5, b: 3 }, test_reconnection: {} };
  for (const [name, args] of Object.entries(calls))
    if (tools.some((tool) => tool.name === name)) await client.callTool({ name, arguments: args });
  await client.close();
}

/** As a person does: logs in, calls, and logs in again as long as the server asks for more. */
async function callWithLogin(pipe: McpPipe): Promise<void> {
  await pipe.login();
  for (let logins = 1; ; logins += 1) {
    const client = new Client(CLIENT, anyEra);
    try {
      await client.connect(await pipe.open());
      await client.listTools();
      await client.callTool({ name: 'test-tool', arguments: {} });
      return;
    } catch (error) {
      if (logins === MOST_LOGINS) throw error;
    } finally {
      await client.close();
    }
    await pipe.login();
  }
}

async function callEach(client: Client, calls: NonNullable<Context['toolCalls']>): Promise<void> {
  for (const call of calls) await client.callTool(call);
}

/** The key `oauth` of the server's entry; undefined: none is needed. */
function oauthOf(scenario: string, context: Context): object | undefined {
  if (scenario === 'auth/client-credentials-jwt')
    return {
      grant: 'client_credentials',
      clientId: context.client_id,
      privateKeyFile: KEY_FILE,
      tokenEndpointAuthMethod: 'private_key_jwt',
    };
  if (scenario === 'auth/client-credentials-basic')
    return {
      grant: 'client_credentials',
      clientId: context.client_id,
      clientSecret: context.client_secret,
      tokenEndpointAuthMethod: 'client_secret_basic',
    };
  if (scenario === 'auth/pre-registration')
    return { clientId: context.client_id, clientSecret: context.client_secret };
  if (scenario.startsWith('auth/'))
    return { clientMetadataUrl: 'https://conformance-test.local/client-metadata.json' };
  return undefined;
}

// The runner goes by the exit code as well.
process.exit(await main());
