import { createHash } from 'node:crypto';

/** When a tool carries its server's name in front of its own. */
export type Prefix =
  /** Only where two servers have a tool of that name. */
  | 'auto'
  | 'always'
  /** Of two tools of one name the server that stands first in the configuration has it. */
  | 'never';

export type ToolNames = 'plain' | 'keep';

export interface NameOptions {
  prefix: Prefix;
  /** `keep`: names are not spelled anew for endpoints that take only `A-Z a-z 0-9 _ -`. Default: `plain`. */
  toolNames?: ToolNames | undefined;
  /** Between the server's name and the tool's, for instance `__`. */
  separator: string;
}

/** What a server offers: names of its tools or prompts, in its own order. */
export interface Offer {
  server: string;
  names: readonly string[];
}

export interface ExposedName {
  /** As callers see it: 1 to 64 characters out of `A-Z a-z 0-9 _ -`, unless names are kept as they are. */
  exposed: string;
  server: string;
  /** As the server knows it. */
  name: string;
}

export interface Exposed {
  names: readonly ExposedName[];
  /** Names that nobody can call, because another one stands before them (`prefix: never`, or twice in one server). */
  hidden: readonly { server: string; name: string; by: string }[];
}

/** What clouds and models take: longer names break whole sessions. */
// D57
const LONGEST_NAME = 64;
/** Hex digits of SHA-256: 32 bits tell a few thousand names apart. */
const HASH_DIGITS = 8;

/**
 * The names under which the tools of several servers stand side by side. They depend on the offers alone, so that they
 * are the same after a restart, and on all of them, so that no name changes its meaning when a server comes or goes.
 */
export function exposeNames(
  offers: readonly Offer[],
  { prefix, separator, toolNames = 'plain' }: NameOptions,
): Exposed {
  const { alone, behind } = toolNames === 'keep' ? KEPT : PLAIN;
  const shortened = toolNames === 'keep' ? (exposed: string) => exposed : fitted;
  const owners = new Map<string, Set<string>>();
  for (const { server, names } of offers) {
    for (const name of names) {
      const spelled = alone(server, name);
      owners.set(spelled, (owners.get(spelled) ?? new Set()).add(server));
    }
  }
  const taken = new Map<string, ExposedName>();
  const hidden: { server: string; name: string; by: string }[] = [];
  // Names that stay as they are come first: a made-up one never takes the place of a real one.
  const candidates = offers.flatMap(({ server, names }) => {
    const own = new Set(names);
    return names.map((name) => {
      const spelled = alone(server, name);
      const shared = owners.get(spelled)!.size > 1;
      return {
        server,
        name,
        prefixed: prefix === 'always' || (prefix === 'auto' && shared),
        // The same server has a tool that is really called so.
        gives: spelled !== name && own.has(spelled),
      };
    });
  });
  const take = (exposed: string, server: string, name: string) => {
    taken.set(exposed, { exposed, server, name });
  };
  for (const { server, name, prefixed, gives } of candidates) {
    if (prefixed) continue;
    const wanted = shortened(alone(server, name), server, name);
    const first = taken.get(wanted);
    const isOther = first?.server === server && first.name !== name;
    const exposed = gives || isOther ? withHash(wanted, server, name) : wanted;
    const owner = taken.get(exposed);
    if (owner) hidden.push({ server, name, by: owner.server });
    else take(exposed, server, name);
  }
  for (const { server, name, prefixed, gives } of candidates) {
    if (!prefixed) continue;
    const wanted = shortened(behind(server, separator, name), server, name);
    const exposed = gives || taken.has(wanted) ? withHash(wanted, server, name) : wanted;
    const owner = taken.get(exposed);
    if (owner) hidden.push({ server, name, by: owner.server });
    else take(exposed, server, name);
  }
  const order = new Map([...taken.values()].map((entry) => [`${entry.server}\n${entry.name}`, entry]));
  const names = candidates.flatMap(({ server, name }) => {
    const key = `${server}\n${name}`;
    const entry = order.get(key);
    order.delete(key);
    return entry ? [entry] : [];
  });
  return { names, hidden };
}

/** Addresses of resources stay as they are: of equal ones the first has it. */
export function firstOfEach(offers: readonly Offer[]): Exposed {
  const taken = new Map<string, ExposedName>();
  const hidden: { server: string; name: string; by: string }[] = [];
  for (const { server, names } of offers) {
    for (const name of names) {
      const owner = taken.get(name);
      if (owner) hidden.push({ server, name, by: owner.server });
      else taken.set(name, { exposed: name, server, name });
    }
  }
  return { names: [...taken.values()], hidden };
}

/** How a name is spelled by itself, and behind its server's. */
interface Spelling {
  alone: (server: string, name: string) => string;
  behind: (server: string, separator: string, name: string) => string;
}

const KEPT: Spelling = {
  alone: (_, name) => name,
  behind: (server, separator, name) => `${server}${separator}${name}`,
};

/** Endpoints replace what is outside of this set themselves, and then names may meet that were different. */
const PLAIN: Spelling = {
  alone: (server, name) => {
    const { text, isLost } = readable(name);
    if (text === undefined) return `${readable(server).text ?? 'tool'}_${hashOf(server, name)}`;
    return isLost ? withHash(text, server, name) : text;
  },
  behind: (server, separator, name) => {
    const { text, isLost } = readable(name);
    const own = text === undefined ? hashOf(server, name) : isLost ? withHash(text, server, name) : text;
    return `${readable(server).text ?? 'server'}${separator.replace(OUTSIDE, '_')}${own}`;
  },
};

const OUTSIDE = /[^A-Za-z0-9_-]/gu;
/** Letters that Unicode does not take apart into a plain one and a mark. */
const LETTERS: Readonly<Record<string, string>> = { đ: 'd', Đ: 'D', ø: 'o', Ø: 'O', ł: 'l', Ł: 'L', ß: 'ss' };

/**
 * The name in letters that everybody takes: `tính_tổng` is `tinh_tong`. No text: there is nothing to read in it, as of
 * `加法`. Lost: letters had to go, so that other names may come out alike.
 */
function readable(name: string): { text: string | undefined; isLost: boolean } {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return { text: name, isLost: false };
  const letters = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[đĐøØłŁß]/g, (letter) => LETTERS[letter]!);
  const isLost = /[^\P{L}A-Za-z]|[^\P{N}0-9]/u.test(letters);
  const text = letters.replace(OUTSIDE, '_');
  if (!/[A-Za-z0-9]/.test(text)) return { text: undefined, isLost };
  return { text: isLost ? text.replace(/^_+|_+$/g, '') : text, isLost };
}

function fitted(exposed: string, server: string, name: string): string {
  return exposed.length <= LONGEST_NAME ? exposed : withHash(exposed, server, name);
}

function withHash(exposed: string, server: string, name: string): string {
  return `${exposed.slice(0, LONGEST_NAME - HASH_DIGITS - 1)}_${hashOf(server, name)}`;
}

function hashOf(server: string, name: string): string {
  return createHash('sha256').update(`${server}\n${name}`).digest('hex').slice(0, HASH_DIGITS);
}
