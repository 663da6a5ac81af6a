import { Endpoint, openPath } from '../protocol/endpoint.js';
import { plainLetters } from '../protocol/plain-letters.js';
import type { ServerEntry } from './edit.js';
import { ENDPOINT_VARIABLE } from './endpoint-choice.js';
import { type EnvLine, envAssignment } from './env-text.js';
import {
  hasReference,
  hasSecretInAddress,
  isSecretName,
  isSecretOption,
  isSecretValue,
} from './secret-shape.js';

/** Chooses a variable for each value, and collects the lines for `.env`. */
export class EnvVariables {
  readonly lines: EnvLine[] = [];
  /** Secrets that `.env` cannot spell and that stayed in the configuration, by the names they would have got. */
  readonly kept: string[] = [];
  readonly #taken: (name: string) => string | undefined;
  readonly #values = new Map<string, string | undefined>();

  /** `taken` returns the value of a variable in the environment or in an existing `.env`. */
  constructor(taken: (name: string) => string | undefined) {
    this.#taken = taken;
  }

  /** Returns the first of these names that is free or already has this value; a numbered one when there is none. */
  add(names: readonly string[], value: string | undefined, comment?: string): string {
    const last = names.at(-1)!;
    const numbered = Array.from({ length: 1_000 }, (_, i) => `${last}_${i + 2}`);
    const name = [...names, ...numbered].find((one) => this.#isFree(one, value))!;
    if (!this.#values.has(name)) {
      this.#values.set(name, value);
      if (this.#taken(name) === undefined) {
        this.lines.push({ name, value, ...(comment === undefined ? {} : { comment }) });
      }
    }
    return name;
  }

  /** Returns a variable whose value is the content of a file (absolute path): `NAME_FILE` names the file. */
  addFile(wanted: string, file: string): string {
    const names = [wanted, ...Array.from({ length: 1_000 }, (_, i) => `${wanted}_${i + 2}`)];
    const says = (name: string) => this.#taken(`${name}_FILE`) ?? this.#values.get(`${name}_FILE`);
    const isFree = (name: string) =>
      says(name) === file ||
      (says(name) === undefined && this.#isFree(name, undefined) && !name.endsWith('_FILE'));
    const name = names.find(isFree)!;
    if (says(name) === undefined) this.lines.push({ name: `${name}_FILE`, value: file });
    this.#values.set(`${name}_FILE`, file);
    return name;
  }

  /** Whether the environment or `.env` already has this variable. */
  isSet(name: string): boolean {
    return this.#taken(name) !== undefined;
  }

  #isFree(name: string, value: string | undefined): boolean {
    if (this.#values.has(name)) return value !== undefined && this.#values.get(name) === value;
    // `A_FILE` names the file of `A`: its value would be read as a path.
    if (name.endsWith('_FILE')) return false;
    const taken = this.#taken(name);
    return taken === undefined || taken === value;
  }
}

/** A variable's name made of a text: `my server` -> `MY_SERVER`, `thời-tiết` -> `THOI_TIET`. */
export function variableName(text: string): string {
  const name = plainLetters(text)
    .toUpperCase()
    .replace(/[^A-Z0-9]+/g, '_')
    .replace(/^_+|_+$/g, '');
  return /^[A-Z]/.test(name) ? name : `SERVER${name === '' ? '' : '_'}${name}`;
}

export const reference = (name: string) => `\${${name}}`;

/**
 * Replaces the secrets of an entry by references to variables: values in `env` and `headers` whose names say that they
 * are secret, and addresses with a token. References stay as they are.
 */
export function moveSecrets(name: string, entry: ServerEntry, variables: EnvVariables): ServerEntry {
  const prefix = variableName(name);
  const moved = (value: string, ...names: string[]) => {
    if (value === '' || hasReference(value)) return value;
    if (envAssignment('X', value) === undefined) {
      variables.kept.push(names.at(-1)!);
      return value;
    }
    return reference(variables.add(names, value));
  };
  // MCP_ENDPOINT_<NAME>_2 would be the endpoint of a server called <NAME>-2.
  const endpointNames = [`${ENDPOINT_VARIABLE}_${prefix}`, `${prefix}_ENDPOINT`];
  const { env, headers, url, oauth, endpoint } = entry;
  const result: ServerEntry = { ...entry };
  if (env) {
    result.env = mapValues(env, (key, value) => {
      if (key === ENDPOINT_VARIABLE) return moved(value, ...endpointNames);
      if (!isVariable(key) || !isSecretOption(key)) {
        return isSecretValue(value) ? moved(value, `${prefix}_${variableName(key)}`) : value;
      }
      return moved(value, key, `${prefix}_${key}`);
    });
  }
  if (headers) {
    result.headers = mapValues(headers, (key, value) =>
      isSecretName(key) || isSecretValue(value) ? moved(value, `${prefix}_${variableName(key)}`) : value,
    );
  }
  if (url !== undefined && (hasSecretInAddress(url) || hasKeyInPath(url)))
    result.url = moved(url, `${prefix}_URL`);
  if (oauth && typeof oauth.clientSecret === 'string')
    result.oauth = { ...oauth, clientSecret: moved(oauth.clientSecret, `${prefix}_CLIENT_SECRET`) };
  const movedEndpoint = (one: string) => (isSecretEndpoint(one) ? moved(one, ...endpointNames) : one);
  if (typeof endpoint === 'string') result.endpoint = movedEndpoint(endpoint);
  else if (endpoint !== undefined) result.endpoint = endpoint.map(movedEndpoint);
  return result;
}

/** Whether a part of the path looks like a key, as in addresses that services make for one user. */
function hasKeyInPath(address: string): boolean {
  if (!URL.canParse(address)) return false;
  const { pathname } = new URL(address);
  return openPath(pathname) !== pathname;
}

function isSecretEndpoint(text: string): boolean {
  try {
    return new Endpoint(text).secrets.length > 0;
  } catch {
    return true;
  }
}

function isVariable(name: string): boolean {
  return /^[A-Za-z_][A-Za-z0-9_]*$/.test(name);
}

function mapValues(
  record: Readonly<Record<string, string>>,
  change: (key: string, value: string) => string,
): Record<string, string> {
  return Object.fromEntries(Object.entries(record).map(([key, value]) => [key, change(key, value)]));
}
