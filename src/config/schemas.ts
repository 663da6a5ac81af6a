import type * as z from 'zod';
import { alerts } from './alerts-schema.js';
import { audit } from './audit-schema.js';
import { gateway, gatewayKey } from './gateway-schema.js';
import { issuerShape } from './jwt-schema.js';
import { redis } from './redis-schema.js';
import { otlp, sentry } from './reporting-schema.js';
import { agent, root, server, token } from './schema.js';
import { settings } from './settings-schema.js';
import { type Checked, checkShape } from './shape-check.js';
import { metrics, ui } from './ui-schema.js';

/** Every schema that a part of the configuration is checked with, by the name of the part. */
export const SCHEMAS = {
  ...{ root, server, token, agent, settings, gateway, gatewayKey, issuer: issuerShape },
  ...{ alerts, audit, metrics, otlp, redis, sentry, ui },
};

export type SchemaName = keyof typeof SCHEMAS;
export type Written<Name extends SchemaName> = z.infer<(typeof SCHEMAS)[Name]>;

/** Checks a part of the configuration with zod, which says what is wrong and where. */
export function checkFully<Name extends SchemaName>(name: Name, value: unknown): Checked<Written<Name>> {
  return checkShape(SCHEMAS[name], value) as Checked<Written<Name>>;
}
