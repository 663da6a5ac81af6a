import { createHash } from 'node:crypto';
import { plainLetters } from '../../protocol/plain-letters.js';

/** When a tool's name is prefixed with its server's name. */
export type Prefix =
  /** Only where two servers have a tool of that name. */
  | 'auto'
  | 'always'
  /** Of two tools with one name, the one of the server that stands first in the configuration keeps the name. */
  | 'never';

export type ToolNames = 'plain' | 'keep';

export interface NameOptions {
  prefix: Prefix;
  /** `plain` (default): names are changed to `A-Z a-z 0-9 _ -`, which all endpoints accept. `keep`: they are not. */
  toolNames?: ToolNames | undefined;
  /** Text between the server's name and the tool's, for instance `__`. */
  separator: string;
  /** What stands for the name of a server in names of tools, where that is another one: `memory` for `memory@kitchen`. */
  labels?: Readonly<Record<string, string>> | undefined;
}

/** The names of a server's tools or prompts, in the server's order. */
export interface Offer {
  server: string;
  names: readonly string[];
}

export interface ExposedName {
  /** The name that callers see: 1 to 64 characters of `A-Z a-z 0-9 _ -`, except with `toolNames: keep`. */
  exposed: string;
  server: string;
  /** The name that the server knows. */
  name: string;
}

export interface HiddenName {
  server: string;
  name: string;
  /** The server whose item has the name. */
  by: string;
}

export interface Exposed {
  names: readonly ExposedName[];
  /** Names that cannot be called, because an earlier item has the name (`prefix: never`, or twice in one server). */
  hidden: readonly HiddenName[];
}

/** The longest name, in characters, that clouds and models accept. A longer one breaks the whole session. */
// D57
const LONGEST_NAME = 64;
/** Hex digits of SHA-256: 32 bits tell a few thousand names apart. */
const HASH_DIGITS = 8;

/**
 * Names for the tools of several servers in one list. They depend on the offers only, so they are the same after a restart.
 * They depend on all offers, those of servers that are down included, so no name changes its meaning when a server comes
 * or goes.
 */
export function exposeNames(offers: readonly Offer[], options: NameOptions): Exposed {
  const { labels = {} } = options;
  const labelOf = (server: string) => (Object.hasOwn(labels, server) ? labels[server]! : server);
  const servers = new Map(offers.map(({ server }) => [labelOf(server), server]));
  // Two servers with one label keep their own names.
  if (servers.size < new Set(offers.map(({ server }) => server)).size) return namesOf(offers, options);
  const labelled = offers.map((offer) => ({ ...offer, server: labelOf(offer.server) }));
  const { names, hidden } = namesOf(labelled, options);
  const serverOf = (label: string) => servers.get(label)!;
  return {
    names: names.map((one) => ({ ...one, server: serverOf(one.server) })),
    hidden: hidden.map((one) => ({ ...one, server: serverOf(one.server), by: serverOf(one.by) })),
  };
}

function namesOf(offers: readonly Offer[], { prefix, separator, toolNames = 'plain' }: NameOptions): Exposed {
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
  const hidden: HiddenName[] = [];
  // Names that stay as they are come first, so that a changed name never takes the name of another tool.
  const candidates = offers.flatMap(({ server, names }) => {
    const own = new Set(names);
    return names.map((name) => {
      const spelled = alone(server, name);
      const shared = owners.get(spelled)!.size > 1;
      return {
        server,
        name,
        prefixed: prefix === 'always' || (prefix === 'auto' && shared),
        // The same server has another tool whose own name is the changed one.
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

/** Addresses of resources are not changed; of equal ones the first counts. */
export function firstOfEach(offers: readonly Offer[]): Exposed {
  const taken = new Map<string, ExposedName>();
  const hidden: HiddenName[] = [];
  for (const { server, names } of offers) {
    for (const name of names) {
      const owner = taken.get(name);
      if (owner) hidden.push({ server, name, by: owner.server });
      else taken.set(name, { exposed: name, server, name });
    }
  }
  return { names: [...taken.values()], hidden };
}

/** How a name is spelled alone, and with its server's name in front. */
interface Spelling {
  alone: (server: string, name: string) => string;
  behind: (server: string, separator: string, name: string) => string;
}

const KEPT: Spelling = {
  alone: (_, name) => name,
  behind: (server, separator, name) => `${server}${separator}${name}`,
};

/** Endpoints replace other characters themselves, which may make two different names equal. */
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

/**
 * The name in plain letters: `tính_tổng` becomes `tinh_tong`. `text` is undefined when no letter or digit is left, as of
 * `加法`. `isLost` means that letters or digits were replaced, so that another name may give the same text.
 */
function readable(name: string): { text: string | undefined; isLost: boolean } {
  if (/^[A-Za-z0-9_-]+$/.test(name)) return { text: name, isLost: false };
  const letters = plainLetters(name);
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
