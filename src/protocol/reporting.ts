import type { HttpProxy } from './http-proxy.js';

/** Where errors are reported: Sentry, or what speaks as it does. It holds a key: print only `host`. */
export interface SentryPlan {
  /** Host and port of the address, which hold no secret. */
  host: string;
  /** Takes envelopes: `https://HOST/api/PROJECT/envelope/`. */
  url: string;
  /** The public key of the project. */
  key: string;
  /** `production`, `vps-1`: Sentry keeps environments apart. */
  environment: string;
  /** Undefined: `mcp-pipe@VERSION`. */
  release?: string | undefined;
  /** The share of problems that is reported, from 0 to 1. */
  sampleRate: number;
  /** The proxy on the way; undefined: none. */
  proxy?: HttpProxy | undefined;
}

/** Where traces are sent. */
export interface OtlpPlan {
  /** With its path; undefined: as the variables of OpenTelemetry say. */
  url: string | undefined;
  /** Of each request; their values are secrets. */
  headers: Readonly<Record<string, string>>;
}
