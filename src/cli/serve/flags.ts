import type { flagAdvice } from '../../messages/en/serve-findings.js';
import type { RemoteOptions } from '../remote-options.js';

/** Options of `serve` about the gateway and its servers: its own, and those of other gateways. */
export interface ServeFlags extends RemoteOptions {
  host?: string;
  port?: number;
  stdio?: string;
  namedServer?: string[];
  namedServerConfig?: string;
  config?: string;
  env?: string[];
  cwd?: string;
  stateless?: boolean;
  stateful?: boolean;
  allowOrigin?: string[];
  allowHost?: string[];
  exposeHeader?: string[];
  cors?: (string | true)[] | true;
  endpoint?: string;
  outputTransport?: string;
  baseUrl?: string;
  ssePath?: string;
  messagePath?: string;
  streamableHttpPath?: string;
  healthEndpoint?: string[];
  sessionTimeout?: string;
  oauth2Bearer?: string;
  passEnvironment?: boolean;
  ssePort?: string;
  sseHost?: string;
  server?: string;
  apiKey?: string;
  insecureNoAuth?: boolean;
  tlsCert?: string;
  tlsKey?: string;
  sslCert?: string;
  sslKey?: string;
  trustProxy?: string[];
  sseEndpoint?: string;
  streamEndpoint?: string;
  maxBodySize?: string;
  [other: string]: unknown;
}

export type Advice = keyof typeof flagAdvice;

/** Options that can be left out without harm, and those that cannot, by their attribute. */
export const LEFT_OUT: Readonly<Record<string, Advice>> = {
  protocolVersion: 'protocol-version',
  connectionTimeout: 'no-limit',
  requestTimeout: 'no-limit',
  keepAliveTimeout: 'no-limit',
  gracefulShutdownTimeout: 'graceful',
  eventStore: 'event-store',
  eventStoreMaxEvents: 'event-store',
  modern: 'eras',
  upstreamProtocol: 'eras',
  corsAddAllowedHeader: 'cors-headers',
};
export const REFUSED: Readonly<Record<string, Advice>> = {
  tunnel: 'tunnel',
  tunnelSubdomain: 'tunnel',
  sslCa: 'client-certificates',
  shell: 'shell',
  transport: 'client',
  clientId: 'oauth',
  clientSecret: 'oauth',
  tokenUrl: 'oauth',
  verifySsl: 'verify-ssl',
};
