import * as z from 'zod';
import { SENTRY } from './sentry-defaults.js';
import { text, textLike, wants } from './shapes.js';

const share = wants('number', { least: 0, most: 1 });

/** The section `sentry`; a text is its `dsn`. */
export const sentry = z.strictObject(
  {
    dsn: text
      .optional()
      .describe('The DSN of a project, as Sentry or GlitchTip shows it. It is needed, and it is a secret.')
      .meta({ examples: ['$' + '{SENTRY_DSN}'] }),
    environment: text
      .optional()
      .describe(`What Sentry calls this installation. Default: "${SENTRY.environment}".`)
      .meta({ examples: ['vps-1'] }),
    release: text.optional().describe('What Sentry calls this version. Default: mcp-pipe@ and the version.'),
    sampleRate: z
      .number(share)
      .min(0, share)
      .max(1, share)
      .optional()
      .describe('The share of problems that is reported, from 0 to 1; crashes always are. Default: 1.'),
  },
  wants('sentry'),
);

/** The section `otlp`; a text is its `url`. */
export const otlp = z.strictObject(
  {
    url: text
      .optional()
      .describe(
        'The address of a collector, for OTLP over HTTP; /v1/traces is added. Default: OTEL_EXPORTER_OTLP_ENDPOINT, else "http://localhost:4318".',
      )
      .meta({ examples: ['http://127.0.0.1:4318'] }),
    headers: z
      .record(z.string(), textLike, wants('object-of-texts'))
      .optional()
      .describe('Headers of each request, for instance a login; their values are secrets.')
      .meta({ examples: [{ Authorization: 'Bearer $' + '{OTLP_TOKEN}' }] }),
  },
  wants('otlp'),
);
