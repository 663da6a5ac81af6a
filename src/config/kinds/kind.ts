import type * as z from 'zod';
import type { Redactor } from '../../observe/redact.js';
import type { Finding } from '../../protocol/errors.js';
import type { ServerSource } from '../../servers/supervised-server.js';
import type { CheckHost } from '../check/host.js';
import type { Settings } from '../defaults.js';
import type { JsonPath } from '../json-source.js';
import type { Place } from '../place.js';

/**
 * One way to reach a server: its keys in an entry, how they are read, checked and shown, what of them stands in the plan,
 * and how that is opened. `Reached` is what an entry says, `Opened` what the plan says; both name the kind.
 */
export interface ServerKindDefinition<Entry = object, Reached = object, Opened = object> {
  /** Spellings of `type` that mean this kind, in small letters without `-`, `_` and spaces; the first is its name. */
  readonly names: readonly [string, ...string[]];
  /** The key that says what is started or reached, such as `command`. */
  readonly key: string;
  /** Paths in `Opened` whose parts a comparison of plans tells apart, such as `launch.env`. */
  readonly opened: readonly string[];
  /** Its own keys of an entry, with the descriptions that editors and docs/configuration.md show. */
  keys(forms: KeyForms): Readonly<Record<string, z.ZodType>>;
  /** Reads its own keys of an entry whose shape was checked. */
  read(entry: Entry, reader: EntryReader): Reached;
  /** What the plan says. @param env the complete environment that a process of it gets */
  plan(reached: Reached, env: Record<string, string>): Opened;
  /** Hides secrets in `opened` when the plan is printed or serialised. */
  hideSecrets(opened: Opened, redactor: Redactor): void;
  /** The part of `reached` that stands for it when a configuration is printed; without secrets. */
  summary(reached: Reached): object;
  /** Words that say in `mcp-pipe check` what is started or reached; without secrets. */
  shown(reached: Reached): string[];
  /** The same for programs: fields of `mcp-pipe check --json`, made of the words of `shown`. */
  inJson(shown: readonly string[]): object;
  /** What `mcp-pipe check` finds beyond the entry, in the order in which a reader would fix things. */
  check(facts: KindFacts<Reached>): Promise<readonly Finding[]>;
  /** How a server of the plan is opened. */
  source(server: Opened & { name: string }, settings: Settings): ServerSource;
}

/** Forms of keys that entries have; wrong values get a finding. */
export interface KeyForms {
  text: z.ZodString;
  /** Numbers and booleans among them are taken for texts, with a warning. */
  listOfTexts: z.ZodArray<z.ZodUnion<readonly [z.ZodString, z.ZodNumber, z.ZodBoolean]>>;
}

/** What reading the keys of a kind needs of the entry around them. */
export interface EntryReader {
  /** The entry as it is written, whatever its shape. */
  readonly raw: unknown;
  /** The folder that relative paths of the entry start from, absolute. */
  readonly folder: string;
  /** The system that the server will run on. */
  readonly platform: NodeJS.Platform;
  /** True when `type` names no kind that can be used: that was reported, and nothing else is missing. */
  readonly isUnusable: boolean;
  /** The place of a part of the entry, for instance of `args[0]`. */
  placeOf(...inside: JsonPath): Place;
  /** A text with its variables filled in. */
  text(value: string | number | boolean, ...inside: JsonPath): string;
  /** Whether all variables of a part that was read are set. */
  isFilled(...inside: JsonPath): boolean;
  /** Adds findings that count when this server is started. */
  report(...findings: Finding[]): void;
}

/** A server as the rules of its kind see it. */
export type RuledServer<Reached> = Reached & {
  name: string;
  /** The complete environment of its process. */
  env: Readonly<Record<string, string>>;
  /** Variables that its entry adds to the environment. */
  ownEnv: Readonly<Record<string, string>>;
  placeOf: (...inside: JsonPath) => Place;
  /** Whether all variables in a part of its entry are set; the rules skip the other parts. */
  isFilled: (...inside: JsonPath) => boolean;
  /** True when what is started or reached was reported as wrong already. */
  isBroken: boolean;
};

/** The input of the rules of a kind: the servers of that kind. */
export interface KindFacts<Reached> {
  /** Those that would be started, in the order of the configuration. */
  servers: readonly RuledServer<Reached>[];
  /** Absolute paths of the configuration, its folder and `.env`; `file` is undefined when there is no configuration. */
  config: { file: string | undefined; folder: string; envFile: string };
  /** The machine, as far as rules may look at it. */
  host: CheckHost;
}
