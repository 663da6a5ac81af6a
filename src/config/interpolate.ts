import type { Finding } from '../protocol/errors.js';
import { editorVariable, inputVariable } from './editor-variables.js';
import type { Environment } from './environment.js';
import { errorAt, type Said } from './finding.js';
import type { Place } from './json-source.js';

/** A text with its variables filled in. */
export interface Interpolated {
  text: string;
  /** Every variable that was named, found or not. */
  variables: string[];
  /** Values that came from `<NAME>_FILE`. */
  secrets: string[];
  findings: Finding[];
}

/** `$${` stands for a plain `${`; otherwise a reference runs to the next brace. */
const REFERENCE = /\$\$\{|\$\{([^}]*)(\}?)/g;
const OPENING = `\${`;
/** `${NAME}`, `${NAME:-default}`; `env:NAME` is how VS Code and Cursor write it. */
const NAMED = /^(?:env:)?([A-Za-z_][A-Za-z0-9_]*)(?::-(.*))?$/s;

/** `${input:id}`: VS Code asks its user. */
const INPUT = /^input:([^}]+)$/;

/** Fills in `${VAR}` and `${VAR:-default}`; an empty variable takes the default, as in a shell. */
export function interpolate(text: string, place: Place, environment: Environment): Interpolated {
  const variables: string[] = [];
  const secrets: string[] = [];
  const findings: Finding[] = [];
  const fail = (at: Place, said: Said) => {
    findings.push(errorAt(at, said));
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
      const { value, unreadable, place: origin } = environment.read(name);
      if (unreadable !== undefined) return fail(origin, secretFile(name, unreadable));
      if (value === undefined) return fail(place, unasked(name, environment.envFile));
      secrets.push(value);
      return value;
    }
    const [, name, fallback] = (brace === '}' && NAMED.exec(inside)) || [];
    if (name === undefined || fallback?.includes(OPENING)) {
      return fail(place, malformed(inside, brace, environment.envFile));
    }
    variables.push(name);
    const { value, fromFile, unreadable, place: origin } = environment.read(name);
    if (unreadable !== undefined) return fail(origin, secretFile(name, unreadable));
    if (value !== undefined && fromFile) secrets.push(value);
    if (fallback !== undefined) return value || fallback;
    return value ?? fail(place, missing(name, environment.envFile));
  });
  return { text: filled, variables, secrets, findings };
}

/** What to say when the file that `<name>_FILE` names cannot be read. */
export function secretFile(name: string, got: string): Said {
  const next = `Make the file readable, correct ${name}_FILE, or set ${name} itself.`;
  return { code: 'CONFIG_SECRET_FILE', expected: `a readable file with the value of ${name}`, got, next };
}

function missing(name: string, envFile: string): Said {
  const next = `Write ${name}=… into ${envFile}, or give a default: \${${name}:-value}.`;
  return { code: 'CONFIG_MISSING_VARIABLE', expected: `the variable ${name}`, got: 'no such variable', next };
}

function unasked(name: string, envFile: string): Said {
  const next = `mcp-pipe cannot ask as an editor does: write ${name}=… into ${envFile}.`;
  return { code: 'CONFIG_MISSING_VARIABLE', expected: `the variable ${name}`, got: 'no such variable', next };
}

function malformed(inside: string, brace: string, envFile: string): Said {
  const said = { code: 'CONFIG_VARIABLE', expected: `\${NAME} or \${NAME:-default}` };
  if (brace === '') {
    const next = `Close the brace, or write $\${ for a literal \${.`;
    return { ...said, got: `a \${ without its }`, next };
  }
  const kind = /^(command|config):/.exec(inside)?.[1];
  if (kind) {
    const next = `mcp-pipe cannot ask as an editor does: write \${NAME}, and NAME=… into ${envFile}.`;
    return { ...said, got: `\${${kind}:…}, which only editors fill in`, next };
  }
  const next = `Correct the name, or write $\${ for a literal \${.`;
  return { ...said, got: `\${…} with something else inside`, next };
}
