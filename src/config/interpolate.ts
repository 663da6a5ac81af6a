import type { Finding } from '../protocol/errors.js';
import { editorVariable, inputVariable } from './editor-variables.js';
import type { Reading } from './environment.js';
import { errorAt } from './finding.js';
import type { Place } from './place.js';

/** Where the values of variables come from. */
export interface Variables {
  /** The file that a missing variable belongs into. */
  readonly envFile: string;
  get(name: string): string | undefined;
  /** `findings`: errors in the value itself; such a value is not used. */
  read(name: string): Reading & { findings?: readonly Finding[] };
}

/** A text with its variables filled in. */
export interface Interpolated {
  text: string;
  /** Every variable that the text names, whether it is set or not. */
  variables: string[];
  /** Values that were read from the file of `<NAME>_FILE`. */
  secrets: string[];
  findings: Finding[];
}

/** `$${` stands for a plain `${`; otherwise a reference runs to the next brace. */
const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const OPENING = `\${`;
/** `${NAME}`, `${NAME:-default}`; VS Code and Cursor write `env:NAME`. */
const NAMED = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** `${input:id}`: VS Code asks its user for the value. */
const INPUT = /^input:([^}]+)$/;

/** Fills in `${VAR}` and `${VAR:-default}`; an empty variable takes the default, as in a shell. */
export function interpolate(text: string, place: Place, environment: Variables): Interpolated {
  const variables: string[] = [];
  const secrets: string[] = [];
  const findings: Finding[] = [];
  const { envFile } = environment;
  const fail = (...found: readonly Finding[]) => {
    findings.push(...found);
    return '';
  };
  const filled = text.replace(REFERENCE, (_whole, inside: string | undefined, brace: string) => {
    if (inside === undefined) return OPENING;
    const ofEditor = brace === '}' ? editorVariable(inside, place.file, environment) : undefined;
    if (ofEditor !== undefined) return ofEditor;
    const input = brace === '}' ? INPUT.exec(inside)?.[1] : undefined;
    if (input !== undefined) {
      const name = inputVariable(input);
      variables.push(name);
      const { value, unreadable, place: origin, findings: wrong } = environment.read(name);
      if (wrong !== undefined && wrong.length > 0) return fail(...wrong);
      if (unreadable) return fail(errorAt(origin, 'secret-file', { name, ...unreadable }));
      if (value === undefined) return fail(errorAt(place, 'unasked-input', { name, envFile }));
      secrets.push(value);
      return value;
    }
    const [, name, fallback] = (brace === '}' && NAMED.exec(inside)) || [];
    if (name === undefined || fallback?.includes(OPENING)) {
      return fail(malformed(inside, brace, place, envFile));
    }
    variables.push(name);
    const { value, fromFile, unreadable, place: origin, findings: wrong } = environment.read(name);
    if (wrong !== undefined && wrong.length > 0) return fail(...wrong);
    if (unreadable) return fail(errorAt(origin, 'secret-file', { name, ...unreadable }));
    if (value !== undefined && fromFile) secrets.push(value);
    if (fallback !== undefined) return value || fallback;
    return value ?? fail(errorAt(place, 'missing-variable', { name, envFile }));
  });
  return { text: filled, variables, secrets, findings };
}

function malformed(inside: string, brace: string, place: Place, envFile: string): Finding {
  if (brace === '') return errorAt(place, 'variable-unclosed');
  const kind = /^(command|config):/.exec(inside)?.[1];
  return kind
    ? errorAt(place, 'variable-of-editor', { kind, envFile })
    : errorAt(place, 'variable-malformed');
}
