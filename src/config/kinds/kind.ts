import type * as z from 'zod';
import type { ShapeId } from '../../messages/parts.js';
import type { Redactor } from '../../observe/redact.js';
import type { CommandStep } from '../../process/command-step.js';
import type { Finding } from '../../protocol/errors.js';
import type { HttpProxy } from '../../protocol/http-proxy.js';
import type { ServerSource } from '../../servers/server-transport.js';
import type { LoginHost } from '../../transports/remote/lazy-login.js';
import type { CheckHost } from '../check/host.js';
import type { Settings } from '../defaults.js';
import type { JsonPath } from '../json-source.js';
import type { Place } from '../place.js';

/**
 * One way to reach a server: its keys in an entry, how they are read, checked and shown, its part of the plan, and how that
 * is opened. `Reached` is what an entry sets, `Opened` is the part of the plan; both have the name of the kind.
 */
export interface ServerKindDefinition<Entry = object, Reached = object, Opened = object> {
  /** Spellings of `type` for this kind, in small letters without `-`, `_` and spaces; the first is the kind's name. */
  readonly names: readonly [string, ...string[]];
  /** The key that names what is started or reached, such as `command`. */
  readonly key: string;
  /** Paths of objects in `Opened` whose members are compared one by one, such as `launch.env`. */
  readonly opened: readonly string[];
  /** Settings of its link that a life of a server takes over when it is opened: others need a new life. */
  readonly openedWith: readonly (keyof Settings)[];
  /** The kind's keys of an entry, with the descriptions for editors and docs/configuration.md. */
  keys(forms: KeyForms): Readonly<Record<string, z.ZodType>>;
  /** Whether an entry without `type` is of this kind; the first kind that says so is taken. */
  isMeant(entry: Entry): boolean;
  /** Reads the kind's keys of an entry. Its shape was checked before. */
  read(entry: Entry, reader: EntryReader): Reached;
  /** Values that are hidden wherever they come up, beside those of `env`. A kind without any lacks it. */
  secrets?(reached: Reached): readonly string[];
  /** The address that is dialled, through the proxy that the environment names; undefined: none is. */
  dials?(reached: Reached): string | undefined;
  /**
   * The part of the plan.
   *
   * @param env The complete environment for a process of the server.
   * @param proxy The proxy for `dials`; undefined: none.
   * @param variables Names of variables in `env` that the entry sets, or its `envFile`.
   * @param variableFiles Absolute paths of files with variables of mcp-pipe and of other servers.
   */
  plan(
    reached: Reached,
    env: Record<string, string>,
    proxy: HttpProxy | undefined,
    variables: readonly string[],
    variableFiles: readonly string[],
  ): Opened;
  /** Hides secrets in `opened` when the plan is printed or serialised. */
  hideSecrets(opened: Opened, redactor: Redactor): void;
  /** The part of `reached` that is printed with a configuration; without secrets. */
  summary(reached: Reached): object;
  /** Words of `mcp-pipe check` for what is started or reached; without secrets. */
  shown(reached: Reached): string[];
  /** The fields of `mcp-pipe check --json` for it, made of the words of `shown`. */
  inJson(shown: readonly string[]): object;
  /** Findings of `mcp-pipe check` beyond the entry, in the order in which a reader would fix things. */
  check(facts: KindFacts<Reached>): Promise<readonly Finding[]>;
  /** The package that is downloaded when the server is opened; undefined: none. A kind that downloads nothing lacks it. */
  fetches?(opened: Opened): Fetches | undefined;
  /**
   * `next` with the inherited variables of `running` where only these came or went, and their names. A kind that inherits
   * nothing lacks it.
   */
  keepsInherited?(
    next: Opened,
    running: Opened,
    inherited: Inherited,
  ): { opened: Opened; variables: string[] };
  /** How a planned server is opened. Without `host` it has no login. */
  source(server: Opened & { name: string }, settings: Settings, host?: SourceHost): ServerSource;
}

/** What a source needs of the program that opens it. */
export interface SourceHost {
  /** The folder of logins, absolute; it need not exist. */
  logins: string;
  /** Called with secrets that no configuration has, before they are used: no log shows them from then on. */
  onSecrets: (secrets: readonly string[]) => void;
  /** Other machines that may renew the same login. Default: there are none. */
  grants?: LoginHost['grants'];
  /** What is made of a command before it is started, in this order. Default: nothing. */
  steps?: readonly CommandStep[];
}

/** The variables that every server may inherit, under the running plan and under the next one. */
export interface Inherited {
  before: Readonly<Record<string, string>>;
  after: Readonly<Record<string, string>>;
}

/** A package that a program downloads before it starts a server. */
export interface Fetches {
  registry: 'npm' | 'pypi';
  /** Without its version; undefined: a folder, an address, or not named. */
  name: string | undefined;
  /** Where the program runs, and with which environment: both decide which registry it uses. */
  cwd: string;
  env: Readonly<Record<string, string>>;
}

/** Shapes of keys that entries of several kinds have; wrong values get a finding. */
export interface KeyForms {
  /** For shapes of a kind's own. Named one by one: the whole of zod would be in the bundle, and in memory. */
  z: Pick<typeof z, 'array' | 'enum' | 'literal' | 'number' | 'strictObject' | 'string' | 'union'>;
  wants: Wants;
  text: z.ZodString;
  /** Numbers and booleans in the list become texts, with a warning. */
  listOfTexts: z.ZodArray<TextLike>;
  /** As `listOfTexts`, by name. */
  objectOfTexts: z.ZodRecord<z.ZodString, TextLike>;
  /** `true` and `false`, which may be written as texts. */
  yesOrNo: z.ZodUnion<readonly [z.ZodBoolean, z.ZodString]>;
}

/** What is expected, as the message of a zod schema. */
export type Wants = (id: ShapeId, bounds?: { least?: number; most?: number }) => { error: string };

type TextLike = z.ZodUnion<readonly [z.ZodString, z.ZodNumber, z.ZodBoolean]>;

/** What a kind needs of an entry in order to read its keys. */
export interface EntryReader {
  /** The entry as it is written, of any shape. */
  readonly raw: unknown;
  /** The start of relative paths in the entry, absolute. */
  readonly folder: string;
  /** The platform that the server will run on. */
  readonly platform: NodeJS.Platform;
  /** The place of a part of the entry, for instance of `args[0]`. */
  placeOf(...inside: JsonPath): Place;
  /** A text with its variables filled in. */
  text(value: string | number | boolean, ...inside: JsonPath): string;
  /** Whether all variables of a part that was read are set. */
  isFilled(...inside: JsonPath): boolean;
  /** Adds findings that count when this server is started. */
  report(...findings: Finding[]): void;
}

/** A server, as the rules of its kind get it. */
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
  /** Servers that would be started, in the order of the configuration. */
  servers: readonly RuledServer<Reached>[];
  /** Absolute paths of the configuration, its folder and `.env`; `file` is undefined when there is no configuration. */
  config: { file: string | undefined; folder: string; envFile: string };
  /** The reads that rules may do on this machine. */
  host: CheckHost;
}
