import { resolve } from 'node:path';
import { parse } from 'dotenv';
import { Endpoint } from '../../protocol/endpoint.js';
import type { Finding } from '../../protocol/errors.js';
import { ENDPOINT_VARIABLE } from '../endpoint-choice.js';
import { warningAt } from '../finding.js';
import { isInContainer } from '../in-container.js';
import type { Place } from '../place.js';
import { SECRET_NAME } from '../secret-shape.js';
import { addressesOf, type Facts } from './facts.js';

/** Permission bits: readable by the group, or by all users. */
const OTHERS_READ = 0o044;
/** The container engine owns these files and sets their permissions. */
const ENGINE_SECRETS = /^\/(var\/)?run\/secrets\//;

/** Warnings for files with secrets that other users of this machine can read. */
export function openFiles({ config, host }: Facts): Finding[] {
  // Mounted files belong to a user of the host, and have to be readable for that of the container.
  if (isInContainer(config.env)) return [];
  return secretFiles({ config, host }).flatMap(({ file, place }): Finding[] => {
    const mode = host.modeOf(file);
    if (mode === undefined || (mode & OTHERS_READ) === 0 || ENGINE_SECRETS.test(file)) return [];
    return [warningAt(place, 'file-readable-by-others', { mode: (mode & 0o777).toString(8), file })];
  });
}

function secretFiles({ config, host }: Pick<Facts, 'config' | 'host'>): { file: string; place: Place }[] {
  const found = new Map<string, Place>();
  const { envFile, environment, folder } = config;
  if (holdsSecrets(host.textOf(envFile), config))
    found.set(envFile, { file: envFile, path: '', line: undefined });
  for (const [name, value] of environment.entries()) {
    if (!name.endsWith('_FILE') || !isSecretName(name.slice(0, -'_FILE'.length))) continue;
    const file = resolve(folder, value);
    if (host.kindOf(file) === 'file') found.set(file, { file: '', path: name, line: undefined });
  }
  return [...found].map(([file, place]) => ({ file, place }));
}

function isSecretName(name: string): boolean {
  return SECRET_NAME.test(name) || name.startsWith(ENDPOINT_VARIABLE);
}

function holdsSecrets(
  envText: string | undefined,
  { alerts, sentry, otlp, redis }: Facts['config'],
): boolean {
  const ofSections = [alerts, sentry, otlp, redis].flatMap((section) => section?.secretVariables ?? []);
  const isSecret = (name: string) => isSecretName(name) || ofSections.includes(name);
  return Object.entries(parse(envText ?? '')).some(([name, value]) => value !== '' && isSecret(name));
}

/** Warnings for files with secrets that git tracks, or would take with the next `git add .`. */
export function filesInGit({ config, servers, host }: Facts): Finding[] {
  const found: Finding[] = [];
  const { envFile, file } = config;
  if (holdsSecrets(host.textOf(envFile), config)) {
    const state = host.gitStateOf(envFile);
    const place = { file: envFile, path: '', line: undefined };
    if (state === 'tracked') found.push(warningAt(place, 'env-file-tracked'));
    if (state === 'loose') found.push(warningAt(place, 'env-file-not-ignored'));
  }
  const text = file === undefined ? undefined : host.textOf(file);
  if (file === undefined || text === undefined) return found;
  const written = addressesOf(servers).filter(
    ({ endpoint, origin }) =>
      origin.place.file === file && endpoint.secrets.some((secret) => text.includes(secret)),
  );
  const inFile = [
    ...written.map(({ origin, name }) => ({ place: origin.place, variable: suggestion(name) })),
    ...(config.alerts?.written ?? []),
    ...config.sentry.written,
    ...config.redis.written,
    ...config.otlp.written,
    ...config.ui.written,
  ];
  if (inFile.length > 0 && host.gitStateOf(file) === 'tracked')
    for (const { place, variable } of inFile) found.push(warningAt(place, 'token-in-git', { variable }));
  return found;
}

function suggestion(name: string): string {
  return `TOKEN_${name.toUpperCase().replace(/[^A-Z0-9]+/g, '_')}`;
}

/** A warning when MCP_ENDPOINT of the environment overrides another one in `.env`, which is mostly the newer token. */
export function hiddenEndpoint({ config, host }: Facts): Finding[] {
  const { environment, envFile } = config;
  const { value, place } = environment.read(ENDPOINT_VARIABLE);
  const inFile = parse(host.textOf(envFile) ?? '')[ENDPOINT_VARIABLE];
  if (!value || place.file === envFile) return [];
  const [used, hidden] = [fingerprintOf(value), fingerprintOf(inFile)];
  if (!used || !hidden || used === hidden) return [];
  return [warningAt(place, 'endpoint-hidden', { used, hidden, envFile })];
}

/** Undefined when the text is not the address of an endpoint. */
export function fingerprintOf(address: string | undefined): string | undefined {
  try {
    return new Endpoint(address?.trim() ?? '').fingerprint;
  } catch {
    return undefined;
  }
}
