import { programName } from '../process/program-name.js';

/** What a stdio bridge reaches. */
export interface Bridged {
  /** The name of the bridge: `mcp-remote`. */
  bridge: string;
  /** Undefined: found by trying. */
  type: 'http' | 'sse' | undefined;
  url: string;
  headers: Record<string, string>;
}

type Reading = { type: Bridged['type']; urls: string[]; headers: Record<string, string> };

/** How the words behind a bridge's name are read, one option at a time; `false`: one that is not understood. */
type ReadOption = (option: string, next: () => string | undefined, to: Reading) => boolean;

const BRIDGES: Readonly<Record<string, ReadOption>> = {
  // https://www.npmjs.com/package/mcp-remote
  'mcp-remote': (option, next, to) => {
    if (option === '--header') return addHeader(to, next());
    if (/^--(allow-http|debug|silent)$/.test(option)) return true;
    if (option !== '--transport') return false;
    const transport = next();
    if (transport === 'sse-only') to.type = 'sse';
    return transport !== undefined && /^(http|sse)-(only|first)$/.test(transport);
  },
  // https://www.npmjs.com/package/supergateway, from an address to stdio
  supergateway: (option, next, to) => {
    if (option === '--header') return addHeader(to, next());
    if (option === '--oauth2Bearer') return addHeader(to, `Authorization: Bearer ${next() ?? ''}`);
    if (option === '--logLevel' || option === '--outputTransport') return next() !== undefined;
    if (option !== '--sse' && option !== '--streamableHttp') return false;
    const url = next();
    if (url === undefined) return false;
    to.type = option === '--sse' ? 'sse' : 'http';
    to.urls.push(url);
    return true;
  },
  // https://pypi.org/project/mcp-proxy, which the page of Home Assistant uses
  'mcp-proxy': (option, next, to) => {
    if (option === '-H' || option === '--headers') {
      const [name, value] = [next(), next()];
      return name !== undefined && value !== undefined && addHeader(to, `${name}: ${value}`);
    }
    if (/^--(stateless|debug)$/.test(option)) return true;
    if (option !== '--transport') return false;
    const transport = next();
    to.type = transport === 'sse' ? 'sse' : 'http';
    return transport === 'sse' || transport === 'streamablehttp';
  },
};

function addHeader({ headers }: Reading, text: string | undefined): boolean {
  const [, name, value] = /^([\w-]+)\s*:\s*(.*)$/s.exec(text?.trim() ?? '') ?? [];
  if (name === undefined || !value) return false;
  headers[name] = value;
  return true;
}

// D176
/**
 * What a command that is only a bridge to a remote server reaches; undefined when it is none, or when a part of its command
 * line is not understood. References stay as they are written.
 *
 * @param env Variables of the entry, which a bridge fills into its headers.
 */
export function bridged(
  command: string,
  args: readonly string[],
  env: Readonly<Record<string, string>>,
): Bridged | undefined {
  const words = [programName(command), ...args];
  const at = words.findIndex((word) => Object.hasOwn(BRIDGES, word.replace(/(@|==)[\w.^~-]+$/, '')));
  const bridge = words[at]?.replace(/(@|==)[\w.^~-]+$/, '');
  if (bridge === undefined || (at > 0 && !isRunner(words.slice(0, at)))) return undefined;
  const found: Reading = { type: undefined, urls: [], headers: {} };
  const rest = words.slice(at + 1).flatMap((word) => {
    const [, option, value] = /^(--[\w-]+)=(.*)$/s.exec(word) ?? [];
    return option === undefined ? [word] : [option, value!];
  });
  while (rest.length > 0) {
    const word = rest.shift()!;
    if (word.startsWith('-')) {
      if (!BRIDGES[bridge]!(word, () => rest.shift(), found)) return undefined;
    } else if (/^https?:\/\//i.test(word)) found.urls.push(word);
    // The port of the callback of mcp-remote.
    else if (bridge !== 'mcp-remote' || !/^\d+$/.test(word)) return undefined;
  }
  const [url] = found.urls;
  if (url === undefined || found.urls.length > 1) return undefined;
  const used = new Set<string>();
  const fill = (text: string) =>
    text.replace(/\$\{(\w+)\}/g, (whole, name: string) => {
      if (!Object.hasOwn(env, name)) return whole;
      used.add(name);
      return env[name]!;
    });
  const headers = Object.fromEntries(
    Object.entries(found.headers).map(([name, value]) => [name, fill(value)]),
  );
  if (bridge === 'mcp-proxy' && env.API_ACCESS_TOKEN !== undefined) {
    used.add('API_ACCESS_TOKEN');
    headers.Authorization ??= `Bearer ${env.API_ACCESS_TOKEN}`;
  }
  // Another variable may be meant for something that is not understood here.
  if (Object.keys(env).some((name) => !used.has(name) && name !== 'MCP_ENDPOINT')) return undefined;
  return { bridge, type: found.type, url: fill(url), headers };
}

/** `npx -y`, `uvx`, `pnpm dlx`, `uv tool run`: a runner with nothing but its own words. */
function isRunner([program = '', ...words]: readonly string[]): boolean {
  if (!/^(npx|bunx|pnpx|uvx|pipx|npm|pnpm|yarn|bun|uv|cmd)$/.test(program)) return false;
  return words.every((word) => /^(-y|--yes|-q|--quiet|exec|dlx|x|run|tool|--|\/c|npx|uvx)$/i.test(word));
}
