import { dirname, join } from 'node:path';
import { parse } from 'dotenv';
import type { Finding } from '../../protocol/errors.js';
import { checkAddress } from '../address.js';
import type { Settings } from '../defaults.js';
import { ENDPOINT_VARIABLE } from '../endpoint-choice.js';
import { warningAt } from '../finding.js';
import { copies } from './compose.js';
import type { Facts } from './facts.js';
import { fingerprintOf } from './secret-files.js';

/** Warnings for what works on this machine and would not work in the container. */
export function containerWarnings(facts: Facts): Finding[] {
  return [
    ...missingEnvFiles(facts),
    ...endpointInContainer(facts),
    ...unmounted(facts),
    ...shortGrace(facts),
  ];
}

function missingEnvFiles({ compose, host }: Facts): Finding[] {
  if (!compose) return [];
  return compose.envFiles
    .filter(({ file, isRequired }) => isRequired && host.kindOf(file) !== 'file')
    .map(({ file }) => warningAt(compose.placeOf('env_file'), 'compose-env-file-missing', { file }));
}

function endpointInContainer({ compose, config, servers, host }: Facts): Finding[] {
  if (!compose) return [];
  const inside: Record<string, string | undefined> = {};
  for (const { file } of compose.envFiles) Object.assign(inside, parse(host.textOf(file) ?? ''));
  Object.assign(inside, compose.environment);
  const isGiven = Object.keys(inside).some((name) => name.startsWith(ENDPOINT_VARIABLE));
  // MCP_ENDPOINT is not needed when each server has its own address or reads another variable.
  const addresses = servers.flatMap((server) => server.addresses);
  const wanted = addresses.some(({ origin }) => !origin || origin.place.path.startsWith(ENDPOINT_VARIABLE));
  if (!isGiven && compose.envFiles.length === 0 && wanted) {
    const hasEnvFile = host.kindOf(join(dirname(compose.file), '.env')) === 'file';
    return [warningAt(compose.placeOf(), 'compose-no-endpoint', { variable: ENDPOINT_VARIABLE, hasEnvFile })];
  }
  const written = compose.environment[ENDPOINT_VARIABLE];
  const place = compose.placeOf('environment');
  // Addresses in an env_file are not checked here: they were read already, or belong to another folder.
  const warnings = written ? checkAddress(written, place).findings : [];
  if (warnings.length > 0) return warnings.map((finding) => ({ ...finding, severity: 'warning' }));
  const local = config.environment.read(ENDPOINT_VARIABLE);
  const [here, there] = [fingerprintOf(local.value), fingerprintOf(inside[ENDPOINT_VARIABLE])];
  if (!here || !there || here === there) return [];
  const source = written === undefined ? compose.placeOf('env_file') : place;
  return [
    warningAt(source, 'compose-other-endpoint', { here, there, from: local.place.file || ENDPOINT_VARIABLE }),
  ];
}

function unmounted({ compose, config, host }: Facts): Finding[] {
  const { file, folder } = config;
  if (!compose || file === undefined) return [];
  const place = compose.placeOf('volumes');
  const missing = compose.mounts
    .filter(({ source, isShort }) => isShort && /\.(json|env)$/.test(source) && !host.kindOf(source))
    .map(({ source }) => warningAt(place, 'compose-mount-missing', { source }));
  const brings =
    compose.hasConfigs ||
    compose.mounts.some(
      ({ source, target }) =>
        source === file || folder === source || folder.startsWith(`${source}/`) || target.endsWith('.json'),
    ) ||
    copies(compose.dockerfile ?? '', file);
  return brings ? missing : [...missing, warningAt(place, 'compose-not-mounted', { file })];
}

/** How long the end of mcp-pipe may take with these settings: its calls, then its servers. */
export function endMs({ drainTimeoutMs, endTimeoutMs, termTimeoutMs }: Settings): number {
  return drainTimeoutMs + endTimeoutMs + termTimeoutMs;
}

function shortGrace({ compose, config }: Facts): Finding[] {
  if (!compose) return [];
  const neededMs = endMs(config.settings);
  const graceMs = compose.stopGraceMs;
  if (graceMs >= neededMs) return [];
  return [warningAt(compose.placeOf('stop_grace_period'), 'compose-short-grace', { graceMs, neededMs })];
}
