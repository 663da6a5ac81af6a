import { hiddenTools, isRecord } from './foreign-root.js';

/** An entry in the form of `mcpServers`, and the keys that have no place in it. */
export interface NormalEntry {
  entry: Record<string, unknown>;
  /** Keys without a place in `mcpServers`: `command.env.X`, `tools.add.description`. */
  rest: [key: string, value: unknown][];
}

/** Keys of a tool beside its switch: facts that xiaozhi-client keeps for itself. */
const NOTED_BY_PROGRAM = new Set(['enable', 'enabled', 'usageCount', 'lastUsedTime']);

/**
 * Converts entries of other programs into the form of `mcpServers`: a command with its arguments as a list (opencode)
 * or an object (Zed), variables as `environment` (opencode) or `envs` (goose), tools that are switched off one by one
 * (xiaozhi-mcphub). Other entries are returned unchanged.
 */
export function normalEntry(name: string, raw: unknown, hidden: readonly string[] = []): NormalEntry {
  if (!isRecord(raw)) return { entry: raw as Record<string, unknown>, rest: [] };
  let entry: Record<string, unknown> = raw;
  const rest: NormalEntry['rest'] = [];
  const rename = (from: string, to: string) => {
    if (entry[from] === undefined || (entry[to] !== undefined && !isBlank(entry[to]))) return;
    const { [from]: value, ...others } = entry;
    entry = { ...others, [to]: value };
  };
  if (typeof raw.cmd === 'string') rename('cmd', 'command');
  if (isTexts(raw.environment)) rename('environment', 'env');
  if (isTexts(raw.envs)) rename('envs', 'env');
  const args = Array.isArray(entry.args) ? entry.args : [];
  // `args` that is no list is replaced by the arguments that `command` brings.
  const replaceArgs = (more: readonly unknown[]) => {
    if (entry.args !== undefined && !Array.isArray(entry.args)) rest.push(['args', entry.args]);
    entry.args = [...more, ...args];
  };
  if (Array.isArray(entry.command) && entry.command.length > 0 && entry.command.every(isPlain)) {
    const [command, ...more] = entry.command;
    entry = { ...entry, command };
    if (more.length > 0) replaceArgs(more);
  }
  if (isRecord(entry.command) && typeof entry.command.path === 'string') {
    const { path, ...others } = entry.command;
    entry = { ...entry, command: path };
    for (const [key, value] of Object.entries(others)) {
      const { env } = entry;
      if (key === 'args' && Array.isArray(value) && value.every(isPlain)) replaceArgs(value);
      else if (key === 'env' && isTexts(value) && (env === undefined || isRecord(env))) {
        entry.env = { ...value, ...env };
      } else rest.push([`command.${key}`, value]);
    }
  }
  if (isSwitches(entry.tools)) {
    const { tools, ...others } = entry;
    rest.push(...notesOfTools(tools));
    entry = others;
    hidden = [...hidden, ...hiddenTools(tools)];
  }
  return { entry: hidden.length === 0 ? entry : withHidden(name, entry, hidden), rest };
}

function withHidden(
  name: string,
  entry: Record<string, unknown>,
  hidden: readonly string[],
): Record<string, unknown> {
  const before = Array.isArray(entry.disabledTools) ? entry.disabledTools : [];
  // xiaozhi-mcphub and xiaozhi-client may prefix the tool `add` with its server (`calc`); here the tool has its own name.
  const own = hidden.flatMap((tool) => {
    const prefix = ['-', '__', '_xzcli_'].map((sign) => name + sign).find((one) => tool.startsWith(one));
    return prefix === undefined ? [tool] : [tool, tool.slice(prefix.length)];
  });
  return { ...entry, disabledTools: [...new Set([...before, ...own])] };
}

/** True for `{ "add": { "enabled": false } }`, false for `{ "allow": […] }`. */
function isSwitches(tools: unknown): tools is Record<string, unknown> {
  if (!isRecord(tools)) return false;
  const all = Object.values(tools);
  return all.length > 0 && all.every((one) => isRecord(one)) && !TEXTS.some((key) => areTexts(tools[key]));
}

/** Members of `tools` that give tools other texts. */
const TEXTS = ['rename', 'describe'];

function areTexts(value: unknown): boolean {
  return isRecord(value) && Object.values(value).every((one) => typeof one === 'string');
}

function notesOfTools(tools: Record<string, unknown>): NormalEntry['rest'] {
  return Object.entries(tools).flatMap(([tool, said]) =>
    Object.entries(isRecord(said) ? said : {})
      .filter(([key, value]) => !NOTED_BY_PROGRAM.has(key) || (isSwitch(key) && typeof value !== 'boolean'))
      .map(([key, value]): [string, unknown] => [`tools.${tool}.${key}`, value]),
  );
}

const isSwitch = (key: string) => key === 'enable' || key === 'enabled';

/** Whether the value can be written as a text. */
export function isPlain(value: unknown): value is string | number | boolean {
  return typeof value === 'string' || typeof value === 'number' || typeof value === 'boolean';
}

function isTexts(value: unknown): value is Record<string, unknown> {
  return isRecord(value) && Object.values(value).every(isPlain);
}

/** Whether the value sets nothing: null, false, an empty text, list or object. */
export function isBlank(value: unknown): boolean {
  if (value === undefined || value === null || value === false || value === '') return true;
  return typeof value === 'object' && Object.keys(value).length === 0;
}
