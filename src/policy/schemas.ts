import { createHash } from 'node:crypto';
import type { ErrorObject, Options } from 'ajv';
import type { ListEvent } from '../protocol/list-event.js';
import { CHECK_MS, COMPILE_MS, MAX_CHECKED_BYTES, MAX_COMPILED, QUICK_BYTES } from './policy-defaults.js';
import { loadTimeLimit, withinTime } from './within-time.js';

/** Why arguments are not checked; see the event. */
export type WhyUnchecked = Extract<ListEvent, { type: 'arguments-unchecked' }>['why'];

/** What the first wrong argument is, and what was expected there. */
export interface WrongArguments {
  /** JSON pointer (RFC 6901) to the value; empty for all arguments. */
  path: string;
  expected: string;
}

export type Checked = 'right' | { wrong: WrongArguments } | { unchecked: WhyUnchecked };

type Validate = ((data: unknown) => boolean) & { errors?: ErrorObject[] | null };
type Compile = (schema: Record<string, unknown>) => Validate;

/** A schema, compiled. */
interface Compiled {
  validate: Validate | undefined;
  /** It has nothing that takes longer than the arguments are long. */
  isQuick: boolean;
  unchecked: WhyUnchecked | undefined;
}

/** In these a schema may be made so that a check takes for ever. */
const MAY_BE_SLOW = /"(?:\$|\\u0024)(?:ref|dynamicRef|recursiveRef)"|"pattern|"uniqueItems|"format|\\u/;
/** Errors that list allowed values name this many of them. */
const MOST_VALUES = 10;

/**
 * Checks values against JSON Schema 2020-12, 2019-09 and draft-07. Schemas are compiled once for each text. All is bounded in time
 * and memory, because schemas come from servers and values from clients.
 */
// D252
export class Schemas {
  readonly #compiled = new Map<string, Compiled>();
  #compile: Compile | undefined;
  #loading: Promise<void> | undefined;

  get isLoaded(): boolean {
    return this.#compile !== undefined;
  }

  /** Loads the library; before that nothing can be checked. */
  async load(): Promise<void> {
    this.#loading ??= Promise.all([loadTimeLimit(), compiler()]).then(([, compile]) => {
      this.#compile = compile;
    });
    await this.#loading;
  }

  check(schema: Buffer, value: Buffer | undefined): Checked {
    if ((value?.length ?? 0) > MAX_CHECKED_BYTES) return { unchecked: 'too-long' };
    const compiled = this.#compiledOf(schema);
    const { validate, unchecked } = compiled;
    if (!validate) return { unchecked: unchecked! };
    let data: unknown;
    try {
      data = value === undefined ? {} : JSON.parse(value.toString('utf8'));
    } catch {
      return { wrong: { path: '', expected: 'must be JSON' } };
    }
    const isQuick = compiled.isQuick && (value?.length ?? 0) <= QUICK_BYTES;
    const outcome = outcomeOf(() =>
      isQuick ? { result: validate(data) } : withinTime(CHECK_MS, () => validate(data)),
    );
    if (outcome === 'too-slow') {
      // Otherwise each call would take as long.
      compiled.validate = undefined;
      compiled.unchecked = 'too-slow';
      return { unchecked: 'too-slow' };
    }
    const [error] = validate.errors ?? [];
    return outcome.result || !error ? 'right' : { wrong: wrongIn(error) };
  }

  #compiledOf(schema: Buffer): Compiled {
    const key = createHash('sha256').update(schema).digest('base64');
    const compiled = this.#compiled.get(key) ?? this.#made(schema);
    this.#compiled.delete(key);
    this.#compiled.set(key, compiled);
    if (this.#compiled.size > MAX_COMPILED) this.#compiled.delete(this.#compiled.keys().next().value!);
    return compiled;
  }

  #made(schema: Buffer): Compiled {
    const text = schema.toString('utf8');
    const isQuick = !MAY_BE_SLOW.test(text);
    try {
      const made = withinTime(COMPILE_MS, () => this.#compile!(JSON.parse(text) as Record<string, unknown>));
      if (made === 'too-slow') return { validate: undefined, isQuick, unchecked: 'too-slow' };
      return { validate: made.result, isQuick, unchecked: undefined };
    } catch {
      return { validate: undefined, isQuick, unchecked: 'no-schema' };
    }
  }
}

/** A value that is nested deeper than the stack is counts as one that takes too long. */
function outcomeOf(check: () => { result: boolean } | 'too-slow'): { result: boolean } | 'too-slow' {
  try {
    return check();
  } catch {
    return 'too-slow';
  }
}

async function compiler(): Promise<Compile> {
  const [{ Ajv }, { Ajv2019 }, { Ajv2020 }, { default: formats }] = await Promise.all([
    import('ajv'),
    import('ajv/dist/2019.js'),
    import('ajv/dist/2020.js'),
    import('ajv-formats'),
  ]);
  const options: Options = {
    strict: false,
    validateSchema: false,
    // `constructor` is missing where a value does not have it itself.
    ownProperties: true,
    logger: false,
  };
  return (schema) => {
    const { $schema = '2020-12' } = schema;
    const draft = /draft-0[67]|2019-09|2020-12/.exec(String($schema))?.[0];
    if (draft === undefined) throw new Error('no known draft');
    const Kind = draft === '2020-12' ? Ajv2020 : draft === '2019-09' ? Ajv2019 : Ajv;
    // One for each schema: names in one must not mean something in another.
    const ajv = new Kind(options);
    formats.default(ajv as never);
    const { $schema: _, ...rest } = schema;
    return ajv.compile(rest) as Validate;
  };
}

/** What the error says, without the value. */
function wrongIn({
  instancePath,
  keyword,
  params,
  message = 'is not as expected',
}: ErrorObject): WrongArguments {
  const path = short(instancePath);
  const { missingProperty, additionalProperty, unevaluatedProperty, allowedValues } = params as Record<
    string,
    unknown
  >;
  if (missingProperty !== undefined) return { path: inside(path, missingProperty), expected: 'is missing' };
  const unknown = additionalProperty ?? unevaluatedProperty;
  if (unknown !== undefined) return { path: inside(path, unknown), expected: 'is not known' };
  if (keyword === 'enum' && Array.isArray(allowedValues)) {
    const more = allowedValues.length > MOST_VALUES ? ', …' : '';
    const values = allowedValues.slice(0, MOST_VALUES).map((one) => short(JSON.stringify(one)));
    return { path, expected: `must be one of ${values.join(', ')}${more}` };
  }
  return { path, expected: short(message) };
}

function inside(path: string, name: unknown): string {
  return short(`${path}/${String(name).replace(/~/g, '~0').replace(/\//g, '~1')}`);
}

function short(text: string): string {
  return text.length > 200 ? `${text.slice(0, 200)}…` : text;
}
