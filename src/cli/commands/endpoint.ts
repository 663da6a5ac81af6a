import { listenForStop } from '../../daemon/shutdown.js';
import { startEndpoint } from '../../faces/endpoint/server.js';
import { texts } from '../../messages/commands/endpoint.js';
import { displayWidth, padToWidth } from '../../observe/display-width.js';
import { ExitCode } from '../exit-codes.js';
import { languageOf } from '../language.js';
import type { LogOptions } from '../log-options.js';
import { openLog } from '../logging.js';
import { print } from '../output.js';

export interface EndpointOptions extends LogOptions {
  host: string;
  port: number;
  connectionsPerToken?: number;
  whenFull: '4004' | 'replace' | 'replace-deaf';
  token?: string[];
  initializeTimeoutMs?: number;
  delayMs?: number;
  dropAfterMs?: number;
  refuse?: number;
  reject?: number;
  silent?: boolean;
  ignoreListChanged?: boolean;
}

/** `mcp-pipe endpoint`: runs the embedded endpoint until a stop signal. Returns the exit code. */
export async function endpoint(options: EndpointOptions): Promise<number> {
  const { host, port, connectionsPerToken, whenFull, token, initializeTimeoutMs, delayMs, dropAfterMs } =
    options;
  const words = texts[languageOf(options.lang, process.env)];
  const { logger, flush } = await openLog(options, process.env, token ?? []);
  const running = await startEndpoint({
    host,
    port,
    whenFull,
    ...(connectionsPerToken === undefined ? {} : { connectionsPerToken }),
    ...(token ? { tokens: token } : {}),
    ...(initializeTimeoutMs === undefined ? {} : { initializeTimeoutMs }),
    ...(delayMs === undefined ? {} : { delayMs }),
    ...(dropAfterMs === undefined ? {} : { dropAfterMs }),
    ...(options.refuse === undefined
      ? {}
      : { refuse: { code: options.refuse, reason: 'refused by --refuse' } }),
    ...(options.reject === undefined ? {} : { rejectUpgrade: { status: options.reject } }),
    ...(options.silent ? { silent: true } : {}),
    ...(options.ignoreListChanged ? { ignoreListChanged: true } : {}),
  });
  // Before anything is printed: a program that reads the output may send a signal at once.
  const stop = listenForStop(() => process.exit(ExitCode.interrupted));
  print(
    [
      ...columns([
        [words.serversDial, running.serverUrl('TOKEN')],
        [words.or, running.selfHostedUrl('TOKEN')],
        [words.callersDial, running.callerUrl('TOKEN')],
        [words.or, `${running.httpUrl('TOKEN')} (MCP Streamable HTTP)`],
      ]),
      token ? words.onlyTokens : words.anyToken,
      '',
    ].join('\n'),
  );
  running.on('server-open', ({ id, fingerprint }) =>
    logger.info({ id, fingerprint }, words.peerConnected({ side: 'server', id, token: fingerprint })),
  );
  running.on('server-initialized', ({ id, serverInfo }) =>
    logger.info(
      { id, serverInfo },
      words.serverIs({ id, name: serverInfo && `${serverInfo.name} ${serverInfo.version ?? ''}`.trimEnd() }),
    ),
  );
  running.on('server-tools', ({ id, tools = [] }) =>
    logger.info(
      { id },
      words.serverOffers({ id, count: tools.length, tools: tools.map(({ name }) => name).join(', ') }),
    ),
  );
  running.on('server-close', ({ id }, { code, reason }) =>
    logger.info(
      { id, code, reason },
      words.peerLeft({ side: 'server', id, how: `${code} ${reason}`.trimEnd() }),
    ),
  );
  running.on('caller-open', ({ id, fingerprint }) =>
    logger.info({ id, fingerprint }, words.peerConnected({ side: 'caller', id, token: fingerprint })),
  );
  running.on('caller-close', ({ id }, { code }) =>
    logger.info({ id, code }, words.peerLeft({ side: 'caller', id, how: String(code) })),
  );
  running.on('refused', ({ fingerprint, side, code, reason }) =>
    logger.warn(
      { fingerprint, side, code, reason },
      words.refusedPeer({ side, token: fingerprint, how: `${code} ${reason}` }),
    ),
  );
  running.on('upgrade-rejected', ({ path, status }) =>
    logger.warn({ path, status }, words.answeredHttp({ path, status })),
  );
  const why = await stop.asked;
  await running.close();
  stop.dispose();
  await flush();
  return why === 'SIGINT' ? ExitCode.interrupted : ExitCode.ok;
}

/** The labels are padded to one width, so that the addresses begin in one column. */
function columns(rows: readonly (readonly [label: string, address: string])[]): string[] {
  const width = Math.max(...rows.map(([label]) => displayWidth(label)));
  return rows.map(([label, address]) => `${padToWidth(label, width)}   ${address}`);
}
