import type { IncomingMessage, ServerResponse } from 'node:http';
import { promisify } from 'node:util';
import { constants, gzip } from 'node:zlib';
import { acceptsGzip } from '../../faces/http/headers.js';
import { type Rejection, refusal, reject } from '../../faces/http/rejection.js';
import type { Access, Known } from './access.js';
import { pathIn, type Site } from './site.js';

/** What is counted, in the text format of Prometheus. */
export interface MetricsText {
  contentType: string;
  text(): Promise<string>;
}

const packed = promisify(gzip);
const CHALLENGE = { 'www-authenticate': 'Bearer realm="mcp-pipe"' };
const FOREIGN = refusal(403, 'this Host or Origin is not served here: scrape it by its address');
const STARTING = refusal(503, 'mcp-pipe is starting', { 'retry-after': '5' });
const REFUSALS: Readonly<Record<Exclude<Known, 'known'>, Rejection>> = {
  'no-key': refusal(401, 'a key is needed: send "Authorization: Bearer KEY"', CHALLENGE),
  'wrong-key': refusal(401, 'this key opens no metrics here: see "key" of "metrics"', CHALLENGE),
  'limited-key': refusal(403, 'this key opens some servers, agents or tools only: metrics tell of all'),
  'too-many-tries': refusal(429, 'too many wrong keys came from this address', { 'retry-after': '5' }),
};

/** `/metrics`, for Prometheus. */
export function metricsSite(access: Access, source: () => MetricsText | undefined): Site {
  return {
    answer: (request, response) => {
      if (pathIn(request) !== '/metrics') return false;
      void send(request, response, access, source);
      return true;
    },
  };
}

async function send(
  request: IncomingMessage,
  response: ServerResponse,
  access: Access,
  source: () => MetricsText | undefined,
): Promise<void> {
  const { method } = request;
  if (access.isForeign(request)) return reject(response, FOREIGN);
  if (method !== 'GET' && method !== 'HEAD')
    return reject(
      response,
      refusal(405, `${method} is not a method of this address`, { allow: 'GET, HEAD' }),
    );
  const known = await access.known(request);
  if (known !== 'known') return reject(response, REFUSALS[known]);
  const metrics = source();
  if (!metrics) return reject(response, STARTING);
  try {
    const text = Buffer.from(await metrics.text());
    // Prometheus asks for it. The lines resemble each other: a twentieth is left.
    const isPacked = acceptsGzip(request.headers);
    const body = isPacked ? await packed(text, { level: constants.Z_BEST_SPEED }) : text;
    response.writeHead(200, {
      ...{ 'content-type': metrics.contentType, 'content-length': body.length, vary: 'accept-encoding' },
      ...{ 'cache-control': 'no-store', 'x-content-type-options': 'nosniff' },
      ...(isPacked ? { 'content-encoding': 'gzip' } : {}),
    });
    response.end(method === 'HEAD' ? undefined : body);
  } catch {
    reject(response, refusal(500, 'the metrics could not be read'));
  }
}
