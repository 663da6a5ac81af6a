import { statSync } from 'node:fs';
import { configError, hasError } from '../../config/finding.js';
import { planGateway } from '../../config/gateway-section.js';
import { isInContainer } from '../../config/in-container.js';
import { loadConfig } from '../../config/load.js';
import { countStored } from '../../daemon/keys/count-stored.js';
import { texts } from '../../messages/commands/serve.js';
import type { CommandLine } from '../describe/localized-command.js';
import { ExitCode } from '../exit-codes.js';
import { dialled, gatewayAddresses, originOf } from '../gateway-addresses.js';
import { languageOf } from '../language.js';
import { printError, printJson } from '../output.js';
import type { RunOptions } from '../run-options.js';
import type { ServeFlags } from '../serve/flags.js';
import { addressBlock, type ServeClient } from '../serve/print-config.js';
import { readServeOptions, type Serving } from '../serve/read-options.js';
import { run } from './run.js';

/** Options of the run are those of a plain `mcp-pipe`. */
export type ServeOptions = Omit<RunOptions, 'port'> & ServeFlags & { printConfig?: ServeClient };

/** `mcp-pipe serve`: a run with the gateway. Returns the exit code. */
export async function serve(
  words: readonly string[],
  line: CommandLine,
  options: ServeOptions,
  isGiven: (attribute: string) => boolean,
): Promise<number> {
  const isFile = (word: string) => statSync(word, { throwIfNoEntry: false })?.isFile() === true;
  const serving = readServeOptions(words, line.afterDashes, options, {
    platform: process.platform,
    isFile,
    isGiven,
  });
  if (options.printConfig) return printBlock(options.printConfig, serving, options);
  // Their options have the same names as ours for something else, or nothing to do with a run.
  const { http: _, sse: __, ws: ___, header: ____, insecure: _____, port: ______, ...ofRun } = options;
  const given: RunOptions = { ...ofRun };
  delete given.config;
  delete given.endpoint;
  if (serving.config !== undefined) given.config = serving.config;
  if (serving.endpoint !== undefined) given.endpoint = serving.endpoint;
  return run(undefined, { ...line, afterDashes: undefined }, given, serving);
}

async function printBlock(
  client: ServeClient,
  serving: Serving,
  { envFile, lang }: ServeOptions,
): Promise<number> {
  const config = await loadConfig({
    ...{ file: serving.config, envFile, env: process.env, cwd: process.cwd() },
    countStored: countStored(serving.config),
  });
  const { plan, findings } = planGateway(config, serving.gateway, isInContainer(process.env));
  if (!plan || hasError(findings)) throw configError('unusable', findings);
  const words = texts[languageOf(lang, process.env)];
  const [all] = gatewayAddresses(plan.publicUrl ?? dialled(originOf(plan)), { servers: [], agents: [] });
  const isAsked = Object.keys(plan.keys).length > 0 || config.gateway.stored !== undefined;
  const key = isAsked ? words.yourKey : undefined;
  const { block, file } = addressBlock(client, all!.http, key);
  printJson(block);
  printError(`${words.paste({ file })}\n`);
  return ExitCode.ok;
}
