import { Option } from 'commander';
import { texts } from '../../messages/commands/serve.js';
import { SERVE_CLIENTS } from '../serve/print-config.js';
import type { LocalizedCommand } from './localized-command.js';
import {
  configOptions,
  controlOption,
  gather,
  liveOption,
  logOptions,
  modeOption,
  numberIn,
  proxyOption,
  remoteOptions,
  watchingOptions,
} from './options.js';

/** Options of supergateway, mcp-proxy and others that `serve` understands as they do, but for those that it has itself. */
const THEIRS = [
  '--no-debug',
  '--output-transport <transport>',
  '--named-server-config <file>',
  '--cors [origin]',
  '--baseUrl <url>',
  '--ssePath <path>',
  '--messagePath <path>',
  '--streamableHttpPath <path>',
  '--healthEndpoint <path>',
  '--sessionTimeout <ms>',
  '--protocolVersion <version>',
  '--oauth2Bearer <token>',
  '--stateful',
  '--pass-environment',
  '--no-pass-environment',
  '--sse-port <port>',
  '--sse-host <host>',
  '--transport <transport>',
  '--client-id <id>',
  '--client-secret <secret>',
  '--token-url <url>',
  '--verify-ssl [value]',
  '--no-verify-ssl',
  '--server <transport>',
  '--api-key <key>',
  '--sse-endpoint <path>',
  '--stream-endpoint <path>',
  '--max-body-size <bytes>',
  '--shell',
  '--tunnel',
  '--tunnelSubdomain <name>',
  '--ssl-cert <file>',
  '--ssl-key <file>',
  '--ssl-ca <file>',
  '--eventStore',
  '--no-eventStore',
  '--eventStoreMaxEvents <number>',
  '--connectionTimeout <ms>',
  '--requestTimeout <ms>',
  '--keepAliveTimeout <ms>',
  '--gracefulShutdownTimeout <ms>',
  '--corsAddAllowedHeader <header>',
  '--modern',
  '--no-modern',
  '--upstreamProtocol <protocol>',
] as const;

/** Those that may be given several times. */
const REPEATED = /^--(cors|healthEndpoint|corsAddAllowedHeader) /;

/** Arguments and options of `mcp-pipe serve`. */
export function serveOptions(command: LocalizedCommand): LocalizedCommand {
  const words = texts[command.line.lang].help;
  // What is of the gateway comes first.
  const described = command
    .argument('[command...]', words.command)
    .usage('[options] [command] [args...]')
    .passThroughOptions()
    .option('--host <address>', words.host)
    .option('-p, --port <number>', words.port, numberIn(command.words, 0, 65_535))
    .option('--stdio <command>', words.stdio)
    .option('--named-server <name command>', words.namedServer, gather)
    .option('-e, --env <name=value>', words.env, gather)
    .option('--cwd <folder>', words.cwd)
    .option('--stateless', words.stateless)
    .addOption(new Option('--no-stateless').hideHelp())
    .option('--allow-origin <origin>', words.allowOrigin, gather)
    .option('--allow-host <host>', words.allowHost, gather)
    .option('--expose-header <header>', words.exposeHeader, gather)
    .option('--tls-cert <file>', words.tlsCert)
    .option('--tls-key <file>', words.tlsKey)
    .option('--trust-proxy <network>', words.trustProxy, gather)
    .option('--insecure-no-auth', words.insecureNoAuth);
  const own = remoteOptions(described)
    .option('--endpoint <url>', words.endpoint)
    .addOption(new Option('--print-config <program>', words.printConfig).choices(SERVE_CLIENTS));
  const watched = watchingOptions(own);
  const shared = liveOption(controlOption(proxyOption(modeOption(configOptions(logOptions(watched))))))
    .option('--watch', words.watch)
    .option('--log-calls', words.logCalls)
    .option('--audit', words.audit)
    .option('--log-file <file>', words.logFile);
  return THEIRS.reduce((all, flags) => {
    const option = new Option(flags).hideHelp();
    return all.addOption(REPEATED.test(flags) ? option.argParser(gather) : option);
  }, shared);
}
