import { nearest } from '../config/nearest.js';
import type { WrongArgument } from '../messages/parts.js';
import { usageError } from '../messages/worded.js';
import type { Tool } from '../protocol/ask.js';
import { argumentsOf, isObject, type ToolArgument, takesOthers, typeOf } from './tool-schema.js';

/**
 * Parses the arguments of a call: one JSON object, or words `key=value` and `key:=json`. Values get the types of the tool's
 * schema.
 *
 * @throws UsageError with every violation of the schema: required names, unknown names, simple types.
 */
export function toolArguments(tool: Tool, words: readonly string[]): Record<string, unknown> {
  const known = new Map(argumentsOf(tool).map((argument) => [argument.name, argument]));
  const errors: WrongArgument[] = [];
  const first = words[0]?.trimStart();
  const args = first?.startsWith('{') ? fromJson(words) : fromPairs(words, known, errors);
  for (const { name, required } of known.values()) {
    if (required && !Object.hasOwn(args, name)) errors.push({ is: 'missing', name });
  }
  for (const [name, value] of Object.entries(args)) {
    const argument = known.get(name);
    if (argument) errors.push(...misfit(argument, value));
    else if (!takesOthers(tool)) errors.push(unknown(name, [...known.keys()]));
  }
  if (errors.length === 0) return args;
  const usage = [...known.values()].map(
    ({ name, type, required }) => `${name}${required ? '*' : ''}: ${type}`,
  );
  throw usageError('wrong-arguments', { wrong: errors, usage: `${tool.name}(${usage.join(', ')})` });
}

function fromJson(words: readonly string[]): Record<string, unknown> {
  if (words.length > 1) {
    throw usageError('more-than-object');
  }
  const value = parse(words[0]!);
  if (value && isObject(value.json)) return value.json;
  throw usageError('no-object');
}

function fromPairs(
  words: readonly string[],
  known: ReadonlyMap<string, ToolArgument>,
  errors: WrongArgument[],
): Record<string, unknown> {
  const args: Record<string, unknown> = Object.create(null) as Record<string, unknown>;
  for (const word of words) {
    const at = word.indexOf('=');
    if (at < 1 || word.startsWith(':=')) {
      throw usageError('no-argument', { word: word.slice(0, 40) });
    }
    const asJson = word[at - 1] === ':';
    const name = word.slice(0, asJson ? at - 1 : at);
    const text = word.slice(at + 1);
    if (Object.hasOwn(args, name)) errors.push({ is: 'twice', name });
    if (!asJson) {
      args[name] = typed(text, known.get(name)?.types ?? []);
      continue;
    }
    const value = parse(text);
    if (value) args[name] = value.json;
    else throw usageError('no-json-value', { name });
  }
  return args;
}

/** Converts a text to the first of the types that it fits. A text that fits none stays a text and is reported. */
function typed(text: string, types: readonly string[]): unknown {
  if (types.length === 0) return parse(text) ? parse(text)!.json : text;
  for (const type of types) {
    if (type === 'string') continue;
    const value = parse(text);
    if (value && fits(value.json, type)) return value.json;
  }
  return text;
}

function misfit({ name, type, types, values }: ToolArgument, value: unknown): WrongArgument[] {
  const right = values
    ? values.some((allowed) => JSON.stringify(allowed) === JSON.stringify(value))
    : types.length === 0 || types.some((each) => fits(value, each));
  return right ? [] : [{ is: 'misfit', name, type, value: shown(value) }];
}

function shown(value: unknown): string {
  const text = JSON.stringify(value) ?? 'nothing';
  return text.length > 40 ? `${text.slice(0, 40)}…` : text;
}

function fits(value: unknown, type: string): boolean {
  const actual = typeOf(value);
  return actual === type || (type === 'number' && actual === 'integer');
}

function unknown(name: string, known: readonly string[]): WrongArgument {
  const [meant] = nearest(name, known);
  return { is: 'unknown', name, meant };
}

function parse(text: string): { json: unknown } | undefined {
  try {
    return { json: JSON.parse(text) };
  } catch {
    return undefined;
  }
}
