import { listenForStop } from '../../daemon/shutdown.js';
import { startEndpoint } from '../../faces/endpoint/server.js';
import { sayCount } from '../../observe/human.js';
import { ExitCode } from '../exit-codes.js';
import { type LogOptions, openLog } from '../logging.js';
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
}

/** `mcp-pipe endpoint`: runs the embedded endpoint until it is asked to stop. The result is the exit code. */
export async function endpoint(options: EndpointOptions): Promise<number> {
  const { host, port, connectionsPerToken, whenFull, token, initializeTimeoutMs, delayMs, dropAfterMs } =
    options;
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
  });
  // Before anything is printed: whoever reads it may ask for an end at once.
  const stop = listenForStop(() => process.exit(ExitCode.interrupted));
  print(
    [
      `Servers dial   ${running.serverUrl('TOKEN')}`,
      `       or      ${running.selfHostedUrl('TOKEN')}`,
      `Callers dial   ${running.callerUrl('TOKEN')}`,
      `       or      ${running.httpUrl('TOKEN')} (MCP Streamable HTTP)`,
      token
        ? 'Only the given tokens are accepted.'
        : 'Any token will do; the same one joins a caller to its server.',
      '',
    ].join('\n'),
  );
  running.on('server-open', ({ id, fingerprint }) =>
    logger.info({ id, fingerprint }, `server ${id} connected on token #${fingerprint}`),
  );
  running.on('server-initialized', ({ id, serverInfo }) =>
    logger.info(
      { id, serverInfo },
      `server ${id} is ${serverInfo?.name ?? 'nameless'} ${serverInfo?.version ?? ''}`.trimEnd(),
    ),
  );
  running.on('server-tools', ({ id, tools = [] }) =>
    logger.info(
      { id },
      `server ${id} offers ${sayCount(tools.length, 'tool')}: ${tools.map(({ name }) => name).join(', ')}`,
    ),
  );
  running.on('server-close', ({ id }, { code, reason }) =>
    logger.info({ id, code, reason }, `server ${id} left: ${code} ${reason}`.trimEnd()),
  );
  running.on('caller-open', ({ id, fingerprint }) =>
    logger.info({ id, fingerprint }, `caller ${id} connected on token #${fingerprint}`),
  );
  running.on('caller-close', ({ id }, { code }) => logger.info({ id, code }, `caller ${id} left: ${code}`));
  running.on('refused', ({ fingerprint, side, code, reason }) =>
    logger.warn(
      { fingerprint, side, code, reason },
      `refused a ${side} on token #${fingerprint}: ${code} ${reason}`,
    ),
  );
  running.on('upgrade-rejected', ({ path, status }) =>
    logger.warn({ path, status }, `answered ${path} with HTTP ${status}`),
  );
  const why = await stop.asked;
  await running.close();
  stop.dispose();
  await flush();
  return why === 'SIGINT' ? ExitCode.interrupted : ExitCode.ok;
}
