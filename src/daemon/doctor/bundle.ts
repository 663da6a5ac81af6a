import { execFile } from 'node:child_process';
import { cpus, homedir, release, totalmem, type as typeOfSystem, uptime } from 'node:os';
import { basename, dirname, join } from 'node:path';
import { parse } from 'dotenv';
import { DOCTOR } from '../../config/doctor-bounds.js';
import { JsonSource } from '../../config/json-source.js';
import { decodeText, readOrdinaryFile } from '../../config/text-file.js';
import { heldLeases, leaseFolder } from '../lease-folder.js';
import { boxFiles } from './black-box.js';
import { bundleRedactor, bundleSecrets } from './bundle-secrets.js';
import { hideConfig } from './hide-config.js';
import type { Subject } from './subject.js';
import { type ArchiveFile, tarGz } from './tar.js';

const BUNDLE_FOLDER = 'mcp-pipe-support';

export interface BundleInput {
  subject: Subject;
  /** What was made for the archive already: the reports of `doctor` and `check`; texts, or values for JSON. */
  reports: Readonly<Record<string, unknown>>;
  /** The report of the running mcp-pipe, and the last records of its log; undefined: none runs. */
  health: unknown;
  records: readonly object[] | undefined;
  /** Folder of the black boxes of this configuration. */
  boxFolder: string;
  /** The log of the last one in the background; need not exist. */
  logFile: string;
  version: string;
  inContainer: boolean;
}

/** Makes a support archive, and says how many files it has. Nothing secret that is known is in it, in any spelling. */
export async function makeBundle(input: BundleInput): Promise<{ archive: Buffer; files: number }> {
  const { subject, reports, health, records, boxFolder, logFile } = input;
  const { config, check } = subject;
  const file = config?.file ?? check.findings.find((finding) => finding.file.endsWith('.json'))?.file;
  const [text, envText] = [
    file === undefined ? undefined : textOf(file),
    textOf(config?.envFile ?? envFileBeside(file)),
  ];
  const source = file === undefined || text === undefined ? undefined : new JsonSource(file, text);
  const env = parse(envText ?? '');
  const names = [...check.servers, ...check.links].map(({ name }) => name);
  // Of a file that is no JSON, every text may be a secret.
  const raw = source?.value ?? { env: { ...quotedTexts(text ?? '') } };
  const secrets = bundleSecrets(config, raw, env, check.secrets);
  const redact = withoutHome(bundleRedactor(secrets, names));

  const contents: Record<string, unknown> = {
    ...reports,
    'versions.json': await versions(input),
    'environment.json': Object.keys(env).sort(),
    'leases.json': held(),
    ...(text === undefined ? {} : { 'configuration.json': configuration(source, redact) }),
    ...(health === undefined ? {} : { 'health.json': health }),
    ...logs(records, logFile, redact),
  };
  for (const box of boxFiles(boxFolder)) contents[`blackbox/${plainName(box.path)}`] = box.text;
  const files = Object.entries(contents).map(([name, content]): ArchiveFile => {
    const isText = typeof content === 'string';
    return { name, text: redact(isText ? content : `${JSON.stringify(clean(content, redact), null, 2)}\n`) };
  });
  // In a folder of its own, so that unpacking it leaves the files that are there alone.
  const inFolder = files.map(({ name, text }) => ({ name: `${BUNDLE_FOLDER}/${name}`, text }));
  return { archive: tarGz(inFolder, Date.now()), files: files.length };
}

function envFileBeside(file: string | undefined): string {
  return file === undefined ? '' : join(dirname(file), '.env');
}

function quotedTexts(text: string): string[] {
  return [...text.matchAll(/["']([^"'\n]*)["']/g)].map(([, inside]) => inside!);
}

function configuration(source: JsonSource | undefined, redact: (text: string) => string): unknown {
  if (source?.value !== undefined) return hideConfig(source.value, redact);
  // Text that is no JSON cannot be redacted part by part.
  return { unreadable: source?.findings.map(({ code, line }) => ({ code, line })) ?? [] };
}

function textOf(file: string): string | undefined {
  try {
    return file === '' ? undefined : decodeText(readOrdinaryFile(file));
  } catch {
    return undefined;
  }
}

/** The log of the running mcp-pipe, else the end of the file that one in the background has written. */
function logs(
  records: readonly object[] | undefined,
  logFile: string,
  redact: (text: string) => string,
): Record<string, unknown> {
  if (records) {
    const lines = records.map((record) => `${JSON.stringify(clean(record, redact))}\n`);
    return { 'log.jsonl': lines.join('') };
  }
  const text = textOf(logFile);
  if (text === undefined) return {};
  const lines = text.split('\n');
  return { 'log.txt': lines.slice(-DOCTOR.logRecords).join('\n') };
}

function held(): object[] {
  try {
    return heldLeases(leaseFolder()).map(({ slot, isAlive, content }) => ({ slot, isAlive, ...content }));
  } catch (error) {
    return [{ error: String((error as NodeJS.ErrnoException).code ?? error) }];
  }
}

async function versions({ version, inContainer }: BundleInput): Promise<object> {
  const { platform, arch, versions: node } = process;
  const [npm, uv] = await Promise.all([versionOf('npm'), versionOf('uv')]);
  return {
    ...{ mcpPipe: version, node: node.node, openssl: node.openssl, npm, uv },
    ...{ platform, arch, system: `${typeOfSystem()} ${release()}`, inContainer },
    ...{ cpus: cpus().length, memoryMiB: Math.round(totalmem() / 1024 ** 2), uptimeS: Math.round(uptime()) },
    timeZone: Intl.DateTimeFormat().resolvedOptions().timeZone,
    at: new Date().toISOString(),
  };
}

/** Null when there is no such program. */
function versionOf(program: string): Promise<string | null> {
  const options = { timeout: DOCTOR.npmConfigTimeoutMs, shell: process.platform === 'win32' };
  return new Promise((resolve) => {
    execFile(program, ['--version'], options, (error, stdout) => resolve(error ? null : stdout.trim()));
  });
}

/** The value with every text, key and number redacted, so that it stays JSON. */
function clean(value: unknown, redact: (text: string) => string): unknown {
  if (typeof value === 'string') return redact(value);
  if (typeof value === 'number') return redact(String(value)) === String(value) ? value : '[redacted]';
  if (Array.isArray(value)) return value.map((one) => clean(one, redact));
  if (typeof value !== 'object' || value === null) return value;
  // Endpoints and proxies have a form without secrets.
  const plain = 'toJSON' in value && typeof value.toJSON === 'function' ? (value.toJSON() as unknown) : value;
  if (plain !== value) return clean(plain, redact);
  return Object.fromEntries(
    Object.entries(value).map(([key, member]) => [redact(key), clean(member, redact)]),
  );
}

/** As `redact`, with `~` in place of the folder of the user. */
function withoutHome(redact: (text: string) => string): (text: string) => string {
  const home = homedir();
  const isLong = home.length > 3;
  return (text) => {
    const whole = redact(text);
    return isLong ? whole.replaceAll(home, '~') : whole;
  };
}

/** The name of a file as it may stand in an archive. */
function plainName(path: string): string {
  return basename(path)
    .replace(/[^A-Za-z0-9._-]/g, '_')
    .slice(-80);
}
