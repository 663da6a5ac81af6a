import { createServer, type IncomingHttpHeaders } from 'node:http';
import { afterEach, expect, it, vi } from 'vitest';
import { openTracing } from '../../../src/observe/tracing/otlp.js';
import { readTraceparent } from '../../../src/protocol/trace-context.js';
import { listen } from '../../helpers/listen.js';

afterEach(() => vi.unstubAllEnvs());

interface Attribute {
  key: string;
  value: object;
}

interface ReceivedSpan {
  traceId: string;
  spanId: string;
  parentSpanId?: string;
  attributes: Attribute[];
}

/** One request, whose body is OTLP as JSON. */
interface Received {
  headers: IncomingHttpHeaders;
  path: string | undefined;
  body: {
    resourceSpans: { resource: { attributes: Attribute[] }; scopeSpans: { spans: ReceivedSpan[] }[] }[];
  };
}

/** A receiver of OTLP over HTTP; undefined as a status: it never answers. */
async function receiver(status: (nth: number) => number | undefined = () => 200) {
  const received: Received[] = [];
  const server = createServer(async (request, response) => {
    const parts: Buffer[] = [];
    for await (const part of request) parts.push(part as Buffer);
    const body = JSON.parse(Buffer.concat(parts).toString()) as Received['body'];
    received.push({ headers: request.headers, path: request.url, body });
    const code = status(received.length);
    if (code !== undefined) response.writeHead(code, { 'content-type': 'application/json' }).end('{}');
  });
  const url = `http://127.0.0.1:${await listen(server)}/v1/traces`;
  const spans = () =>
    received.flatMap(({ body }) =>
      body.resourceSpans.flatMap(({ scopeSpans }) => scopeSpans.flatMap((scope) => scope.spans)),
    );
  return { url, received, spans };
}

function open(url: string | undefined) {
  const failures: string[] = [];
  const wrong: string[] = [];
  const tracing = openTracing({
    ...{ url, version: '1.2.3' },
    onFailed: (reason) => void failures.push(reason),
    onWrongSetting: (text) => void wrong.push(text),
  });
  return { ...tracing, failures, wrong };
}

const CALL = {
  name: 'tools/call add',
  kind: 'server',
  attributes: { 'mcp.method.name': 'tools/call' },
} as const;
const textOf = (attributes: Attribute[], name: string) =>
  Object.values(attributes.find(({ key }) => key === name)?.value ?? {})[0];

it('spans reach a collector with their parents, errors and the name of the service', async () => {
  vi.stubEnv('OTEL_EXPORTER_OTLP_HEADERS', 'authorization=Bearer%20abc');
  vi.stubEnv('OTEL_RESOURCE_ATTRIBUTES', 'deployment.environment.name=test');
  const { url, received, spans } = await receiver();
  const { start, stop, failures, wrong } = open(url);
  const parent = readTraceparent(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-01`)!;
  const came = start({ ...CALL, parent: { ...parent, state: 'v=1' } });
  const sent = start({ ...CALL, kind: 'client', parent: readTraceparent(came.traceparent) });
  sent.end('-32602', { 'rpc.response.status_code': '-32602' });
  came.end();
  expect(await stop(5_000)).toBe(true);
  expect([failures, wrong]).toEqual([[], []]);
  const [{ headers, path, body }] = received as [Received];
  expect([headers.authorization, path]).toEqual(['Bearer abc', '/v1/traces']);
  const { attributes } = body.resourceSpans[0]!.resource;
  expect(textOf(attributes, 'service.name')).toBe('mcp-pipe');
  expect(textOf(attributes, 'service.version')).toBe('1.2.3');
  expect(textOf(attributes, 'deployment.environment.name')).toBe('test');
  const [child, root] = spans() as [ReceivedSpan, ReceivedSpan];
  expect(root).toMatchObject({
    traceId: 'a'.repeat(32),
    parentSpanId: 'b'.repeat(16),
    kind: 2,
    traceState: 'v=1',
  });
  expect(child).toMatchObject({
    traceId: 'a'.repeat(32),
    parentSpanId: root.spanId,
    kind: 3,
    status: { code: 2 },
  });
  expect(textOf(child.attributes, 'error.type')).toBe('-32602');
  expect(came.traceparent).toBe(`00-${'a'.repeat(32)}-${root.spanId}-01`);
});

it('the flag of the parent is obeyed, and handed on', async () => {
  const { url, received } = await receiver();
  const { start, stop } = open(url);
  const span = start({ ...CALL, parent: readTraceparent(`00-${'a'.repeat(32)}-${'b'.repeat(16)}-00`) });
  expect(span.traceparent).toMatch(/^00-a{32}-[0-9a-f]{16}-00$/);
  span.end();
  await stop(5_000);
  expect(received).toEqual([]);
});

it('the environment says where, how much, and under which name', async () => {
  const { url, received } = await receiver();
  vi.stubEnv('OTEL_EXPORTER_OTLP_ENDPOINT', url.replace('/v1/traces', ''));
  vi.stubEnv('OTEL_SERVICE_NAME', 'kitchen');
  vi.stubEnv('OTEL_TRACES_SAMPLER', 'parentbased_traceidratio');
  vi.stubEnv('OTEL_TRACES_SAMPLER_ARG', '0');
  const none = open(undefined);
  none.start(CALL).end();
  await none.stop(5_000);
  expect(received).toEqual([]);
  vi.stubEnv('OTEL_TRACES_SAMPLER_ARG', '1');
  const all = open(undefined);
  all.start(CALL).end();
  await all.stop(5_000);
  expect(textOf(received[0]!.body.resourceSpans[0]!.resource.attributes, 'service.name')).toBe('kitchen');
  vi.stubEnv('OTEL_TRACES_SAMPLER', 'most');
  const odd = open(undefined);
  await odd.stop(5_000);
  expect(odd.wrong).toEqual([expect.stringContaining('"most"')]);
});

it('a collector that refuses is told of once, until it takes some', async () => {
  vi.stubEnv('OTEL_BSP_SCHEDULE_DELAY', '1');
  const { url, received } = await receiver((nth) => (nth === 3 ? 200 : 400));
  const { start, stop, failures } = open(url);
  for (let nth = 1; nth <= 4; nth++) {
    start(CALL).end();
    await vi.waitFor(() => expect(received).toHaveLength(nth));
    await vi.waitFor(() => expect(failures).toHaveLength(nth < 4 ? 1 : 2));
  }
  expect(failures[0]).toContain('400');
  await stop(5_000);
});

it('a collector that never answers holds up no stop', async () => {
  const { url } = await receiver(() => undefined);
  const { start, stop } = open(url);
  start(CALL).end();
  expect(await stop(50)).toBe(false);
});
