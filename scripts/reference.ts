/**
 * `npm run schema`: writes what is derived from src/: the JSON Schema, the tables of docs/configuration.md, and in both
 * languages docs/messages.md (scripts/messages-page.ts) and the tables of docs/metrics.md (scripts/metrics-page.ts), docs/production.md
 * (scripts/production-page.ts), docs/small-vps.md (scripts/footprint-page.ts) and docs/performance.md (scripts/performance-page.ts); the
 * dashboards of deploy/ (scripts/dashboards), and what deploy/k8s has copies of (scripts/kubernetes-copies.ts).
 */
import { readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { z } from 'zod';
import { alerts } from '../src/config/alerts-schema.js';
import { audit } from '../src/config/audit-schema.js';
import { SETTINGS } from '../src/config/defaults.js';
import { FOREIGN_KEYS, FOREIGN_TOP_KEYS, SECTIONS } from '../src/config/foreign-keys.js';
import { gateway, gatewayKey } from '../src/config/gateway-schema.js';
import { issuerShape } from '../src/config/jwt-schema.js';
import { KINDS } from '../src/config/kinds/kinds.js';
import { oauthShape } from '../src/config/oauth-schema.js';
import { redis } from '../src/config/redis-schema.js';
import { otlp, sentry } from '../src/config/reporting-schema.js';
import { agent, connecting, server, token } from '../src/config/schema.js';
import { settings } from '../src/config/settings-schema.js';
import { textLike, yesOrNo } from '../src/config/shapes.js';
import { metrics, ui } from '../src/config/ui-schema.js';
import { writeCompiledShapes } from './compiled-shapes.js';

export const schemaFile = fileURLToPath(new URL('../schema/mcp_config.schema.json', import.meta.url));
export const docsFile = fileURLToPath(new URL('../docs/configuration.md', import.meta.url));

/** As far as this file looks into it. */
interface Json {
  [key: string]: unknown;
  properties: Record<string, Json>;
}

/** Keys that begin like this are comments. */
const COMMENTS = { '^(//|_)': { description: 'A comment.' } };
/** `type` in any spelling that the loader understands, for instance `streamableHttp`. */
const TRANSPORTS = [...Object.keys(KINDS), 'streamable-http'];

const TOKENS =
  'What differs for single tokens: mode, prefix, separator, toolNames, onListChange, accountGroup and numbers of "settings", by the variable that the address comes from (MCP_ENDPOINT, MCP_ENDPOINT_<NAME>, or the one that "endpoint" names), or by the 8 hex digits that mcp-pipe check prints behind #.';

const ALERTS =
  'Where to send a message when a link or server fails, and when it works again: see docs/alerts.md.';

const SENTRY =
  'Reports crashes, errors of the log, and what alerts are about, to Sentry or GlitchTip: a DSN, or an object. See docs/sentry.md.';

const OTLP =
  'Sends traces to a collector of OpenTelemetry: its address, true, or an object; --otlp on the command line goes before it. See docs/tracing.md.';

const GATEWAY =
  'Gives HTTP clients the same servers: true, or an object with what differs from the defaults. See docs/gateway.md.';

const STATUS_PAGE =
  'Serves the status page: true, or an object with what differs from the defaults. See docs/status-page.md.';

const METRICS =
  'Serves metrics for Prometheus at /metrics: true, or an object with what differs; "ui" serves them as well, unless this is false. See docs/metrics.md.';

const AUDIT =
  'Writes a line about each call, and each refused request, to a file: true, or an object with what differs from the defaults. See docs/audit.md.';

const REDIS =
  'The Redis that several machines with this configuration share: its address, or an object. Each token then has its connections on one machine at a time; false: none, whatever MCP_PIPE_REDIS says. See docs/clustering.md.';

const UPDATE_NOTICE =
  'false: a running mcp-pipe does not ask the npm registry once a day whether there is a newer version (see docs/service.md).';

const AGENTS =
  'Agents by name: each has its addresses and its servers, over one process of each server. Its other options are those of an entry of "tokens".';

/** The loader takes "true" and 42 for what they mean, with a warning; in an editor they are mistakes. */
function asWritten(schema: z.ZodType): Json {
  return z.toJSONSchema(schema, {
    target: 'draft-7',
    io: 'input',
    override: ({ zodSchema, jsonSchema }) => {
      const strict = zodSchema === textLike ? 'string' : zodSchema === yesOrNo ? 'boolean' : undefined;
      if (strict === undefined) return;
      delete jsonSchema.anyOf;
      jsonSchema.type = strict;
    },
  }) as Json;
}

/** Draft-07: VS Code, and most editors, understand all of it; of 2020-12 they understand a part. */
export function schemaText(): string {
  const { $schema, ...entry } = asWritten(server);
  const { $schema: _, ...numbers } = asWritten(settings);
  const { $schema: __, ...wishes } = asWritten(token);
  const { $schema: ___, ...one } = asWritten(agent);
  const { $schema: ____, ...alarm } = asWritten(alerts);
  const { $schema: _____, ...gate } = asWritten(gateway);
  const { $schema: ______, ...page } = asWritten(ui);
  const { $schema: _______, ...counted } = asWritten(metrics);
  const { $schema: ________, ...audited } = asWritten(audit);
  const { $schema: _________, ...reported } = asWritten(sentry);
  const { $schema: __________, ...traced } = asWritten(otlp);
  const { $schema: ___________, ...shared } = asWritten(redis);
  for (const key of ['type', 'transportType', 'transport']) {
    entry.properties[key] = {
      ...entry.properties[key],
      anyOf: [{ enum: TRANSPORTS }, {}],
    } as unknown as Json;
  }
  for (const [key, means] of Object.entries(FOREIGN_KEYS)) {
    entry.properties[key] = { description: `Ignored by mcp-pipe. ${means}.` } as unknown as Json;
  }
  const section = {
    type: 'object',
    description: 'The servers by name.',
    patternProperties: COMMENTS,
    additionalProperties: { $ref: '#/definitions/server' },
  };
  const document = {
    $schema,
    $id: 'https://unpkg.com/mcp-pipe/schema/mcp_config.schema.json',
    title: 'mcp_config.json of mcp-pipe',
    description: 'MCP servers, each with the WebSocket endpoint that it is connected to.',
    // Understood by the JSON service of VS Code; others pass over them.
    allowComments: true,
    allowTrailingCommas: true,
    type: 'object',
    properties: {
      $schema: { type: 'string', description: 'Where editors find this description.' },
      ...Object.fromEntries(SECTIONS.map((name) => [name, section])),
      ...asWritten(z.object(connecting)).properties,
      tokens: {
        type: 'object',
        description: TOKENS,
        patternProperties: {
          ...COMMENTS,
          '^[A-Za-z]\\w{0,99}$|^[0-9a-f]{8}$': { $ref: '#/definitions/token' },
        },
        additionalProperties: false,
      },
      agents: {
        type: 'object',
        description: AGENTS,
        patternProperties: COMMENTS,
        additionalProperties: { $ref: '#/definitions/agent' },
      },
      alerts: { ...alarm, description: ALERTS },
      sentry: { anyOf: [{ type: 'string' }, { const: false }, reported], description: SENTRY },
      otlp: { anyOf: [{ type: 'string' }, { type: 'boolean' }, traced], description: OTLP },
      gateway: { anyOf: [{ type: 'boolean' }, gate], description: GATEWAY },
      ui: { anyOf: [{ type: 'boolean' }, page], description: STATUS_PAGE },
      metrics: { anyOf: [{ type: 'boolean' }, counted], description: METRICS },
      audit: { anyOf: [{ type: 'boolean' }, audited], description: AUDIT },
      redis: { anyOf: [{ type: 'string' }, { const: false }, shared], description: REDIS },
      updateNotice: { type: 'boolean', description: UPDATE_NOTICE },
      settings: { ...numbers, description: 'Times and sizes that differ from the defaults.' },
      ...Object.fromEntries(
        Object.entries(FOREIGN_TOP_KEYS).map(([key, means]) => [
          key,
          { description: `Ignored by mcp-pipe. ${means}.` },
        ]),
      ),
    },
    patternProperties: COMMENTS,
    additionalProperties: false,
    definitions: {
      server: {
        ...entry,
        description: 'One server: a command to start, and where to connect it.',
        patternProperties: COMMENTS,
        additionalProperties: false,
      },
      agent: {
        ...one,
        required: ['endpoint'],
        description: 'One agent: its addresses, and which servers it has.',
      },
      token: { ...wishes, description: 'What differs for this token; the rest is as for the others.' },
    },
  };
  return `${JSON.stringify(document, undefined, 2)}\n`;
}

const code = (text: string) => `\`${text}\``;
/** A line of a table; a bar inside a cell would end it. */
const row = (...cells: string[]) => `| ${cells.map((cell) => cell.replaceAll('|', '\\|')).join(' | ')} |`;

function typeOf({ type, enum: words, items, anyOf, properties, additionalProperties: other }: Json): string {
  if (Array.isArray(type))
    return type.map((one: string) => typeOf({ type: one } as unknown as Json)).join(' or ');
  if (Array.isArray(anyOf)) return anyOf.map((one) => typeOf(one as Json)).join(' or ');
  if (Array.isArray(words)) return words.map((word) => code(JSON.stringify(word))).join(' or ');
  if (type === 'boolean') return '`true` or `false`';
  if (type === 'array' && (items as Json).enum)
    return `list of some of ${typeOf(items as Json).replaceAll(' or ', ', ')}`;
  if (type === 'array' && (items as Json).properties) return 'list of such objects';
  if (type === 'array') return `list of ${typeOf(items as Json)}s`;
  if (type === 'string') return 'text';
  if (type === 'number' || type === 'integer') return 'number';
  if (type !== 'object') throw new Error(`no word for the type ${JSON.stringify(type)}`);
  if (properties && Object.keys(properties).length > 4) return 'object';
  if (properties) return `object of ${Object.keys(properties).map(code).join(' and ')}`;
  if ((other as Json | undefined)?.properties) return 'object of objects';
  const forms = (other as Json | undefined)?.anyOf as Json[] | undefined;
  if (forms?.some((form) => form.type === 'string')) return 'object of texts or objects';
  return forms ? 'object of filters' : 'object of texts';
}

function serverTable(): string {
  const { properties } = asWritten(server);
  return [
    row('key', 'type', 'meaning'),
    row('---', '---', '---'),
    ...Object.entries(properties).map(([key, value]) =>
      row(code(key), typeOf(value), escaped(String(value.description))),
    ),
  ].join('\n');
}

/** What stands beside the servers and says how they are connected. */
function connectingTable(): string {
  const properties = { ...asWritten(z.object(connecting)).properties };
  return [
    row('key', 'type', 'meaning'),
    row('---', '---', '---'),
    ...Object.entries(properties).map(([key, value]) =>
      row(code(key), typeOf(value), escaped(String(value.description))),
    ),
    row(code('tokens'), 'object of objects', escaped(TOKENS)),
    row(code('agents'), 'object of objects', escaped(AGENTS)),
    row(code('alerts'), 'object', escaped(ALERTS)),
    row(code('sentry'), 'text or object', escaped(SENTRY)),
    row(code('otlp'), 'text, `true` or object', escaped(OTLP)),
    row(code('gateway'), '`true` or object', escaped(GATEWAY)),
    row(code('ui'), '`true` or object', escaped(STATUS_PAGE)),
    row(code('metrics'), '`true` or object', escaped(METRICS)),
    row(code('audit'), '`true` or object', escaped(AUDIT)),
    row(code('redis'), 'text or object', escaped(REDIS)),
    row(code('updateNotice'), 'boolean', escaped(UPDATE_NOTICE)),
  ].join('\n');
}

/** What an agent has beside the options of a token. */
function agentTable(): string {
  const { properties } = asWritten(agent);
  return [
    row('key', 'type', 'meaning'),
    row('---', '---', '---'),
    ...Object.entries(properties)
      .filter(([key]) => key === 'accountGroup' || !Object.hasOwn(token.shape, key))
      .map(([key, value]) => row(code(key), typeOf(value), escaped(String(value.description)))),
  ].join('\n');
}

/** A section such as `alerts`, the keys of each channel included. */
function sectionTable(section: z.ZodType): string {
  const rows = Object.entries(asWritten(section).properties).flatMap(([key, value]) =>
    value.properties && typeof value.properties === 'object'
      ? Object.entries(value.properties).map(([inner, of]) => [`${key}.${inner}`, of] as const)
      : [[key, value] as const],
  );
  return [
    row('key', 'type', 'meaning'),
    row('---', '---', '---'),
    ...rows.map(([key, value]) => row(code(key), typeOf(value), escaped(String(value.description)))),
  ].join('\n');
}

/** What Markdown would take for HTML. */
const escaped = (text: string) => text.replaceAll('<', '&lt;');

function settingsTable(): string {
  return [
    row('setting', 'default', 'unit', 'least', 'meaning', 'reason for the default'),
    row('---', '---:', '---', '---:', '---', '---'),
    ...Object.entries(SETTINGS).map(([name, { default: value, unit, least, means, why }]) =>
      row(code(name), String(value), unit, String(least), escaped(means), escaped(why)),
    ),
  ].join('\n');
}

function foreignTable(): string {
  const entries = Object.entries({ ...FOREIGN_KEYS, ...FOREIGN_TOP_KEYS });
  return [
    row('key', 'whose, and for what'),
    row('---', '---'),
    ...entries.map(([key, means]) => row(code(key), escaped(means))),
  ].join('\n');
}

/** The page with its generated parts made anew; what people wrote around the markers stays. */
export function docsText(page: string): string {
  const parts: Record<string, string> = {
    servers: serverTable(),
    connecting: connectingTable(),
    agents: agentTable(),
    alerts: sectionTable(alerts),
    sentry: sectionTable(sentry),
    otlp: sectionTable(otlp),
    gateway: sectionTable(gateway),
    'gateway-key': sectionTable(gatewayKey),
    oauth: sectionTable(oauthShape),
    jwt: sectionTable(issuerShape),
    ui: sectionTable(ui),
    metrics: sectionTable(metrics),
    audit: sectionTable(audit),
    redis: sectionTable(redis),
    settings: settingsTable(),
    foreign: foreignTable(),
  };
  let text = page;
  for (const [name, table] of Object.entries(parts)) {
    const between = new RegExp(`(<!-- generated: ${name} -->\n)[\\s\\S]*?(<!-- end -->)`);
    if (!between.test(text)) throw new Error(`docs/configuration.md has no "<!-- generated: ${name} -->"`);
    text = text.replace(between, (_, open: string, end: string) => `${open}\n${table}\n\n${end}`);
  }
  return text;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  writeFileSync(schemaFile, schemaText());
  writeFileSync(docsFile, docsText(readFileSync(docsFile, 'utf8')));
  writeCompiledShapes();
  (await import('./messages-page.js')).writeMessagesPages();
  (await import('./metrics-page.js')).writeMetricsPages();
  (await import('./production-page.js')).writeProductionPages();
  (await import('./footprint-page.js')).writeFootprintPages();
  (await import('./performance-page.js')).writePerformancePages();
  (await import('./dashboards/write.js')).writeBoards();
  (await import('./kubernetes-copies.js')).writeKubernetesCopies();
}
