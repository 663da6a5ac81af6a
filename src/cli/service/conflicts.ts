import { existsSync, readdirSync, readFileSync } from 'node:fs';
import { dirname, extname, join } from 'node:path';
import { controlPathsOf } from '../../daemon/control-place.js';
import { takenIn } from '../../daemon/copies.js';
import { leaseFolder } from '../../daemon/lease-folder.js';
import { openControl } from '../../faces/control/client.js';
import type { texts } from '../../messages/commands/service.js';
import type { Machine } from './machine.js';
import type { MadeService } from './make-service.js';
import { type Manager, managerOf } from './manager.js';
import { madeBy, type Scope, type Service } from './service.js';
import { ServiceError } from './service-error.js';

/** A daemon of this machine answers at once. */
const ANSWER_MS = 2_000;

/** Throws when the service would take a file that is not its own, or a token that another copy has. @throws ServiceError */
export async function refuseConflicts(
  { service, plan }: Pick<MadeService, 'service' | 'plan'>,
  manager: Manager,
  machine: Machine,
  { force, words }: { force: boolean; words: typeof texts.en },
): Promise<void> {
  const { config } = service.made;
  const isThere = existsSync(manager.file);
  const made = isThere ? madeBy(readText(manager.file) ?? '') : undefined;
  if (!force && isThere && !made) {
    throw new ServiceError('SERVICE_FILE_FOREIGN', words.foreign({ file: manager.file }));
  }
  if (!force && made && made.config !== config) {
    throw new ServiceError('SERVICE_NAME_TAKEN', words.nameTaken({ name: service.name, ...made }));
  }
  const other = servicesOf(config, manager, machine).find(({ file }) => file !== manager.file);
  if (other) throw new ServiceError('SERVICE_INSTALLED_ALREADY', words.sameElsewhere(other));
  // A service that is installed again is not another copy: it is started again.
  const own = made ? (await manager.state()).pid : undefined;
  const daemon = await daemonOf(service);
  const isOwn = own !== undefined && daemon?.pid === own;
  if (daemon && !isOwn) throw new ServiceError('SERVICE_COPY_RUNS', words.runs(daemon));
  const taken = takenIn(leaseFolder(leaseEnv(service)), plan.links).find(({ holder }) => holder?.pid !== own);
  if (taken) {
    const { link, holder } = taken;
    throw new ServiceError('SERVICE_TOKEN_TAKEN', words.taken({ link, pid: holder?.pid }));
  }
}

/** Services with this configuration that mcp-pipe has made, in files beside the one of `manager` and in the other scope. */
export function servicesOf(config: string, manager: Manager, machine: Machine) {
  return (['user', 'system'] as const).flatMap((scope: Scope) => {
    const folder = dirname(managerOf(manager.kind, 'x', scope, machine).file);
    const ending = extname(manager.file);
    return filesIn(folder)
      .filter((file) => file.endsWith(ending))
      .map((file) => ({ file: join(folder, file), name: file.slice(0, -ending.length), scope }))
      .filter(({ file }) => madeBy(readText(file) ?? '')?.config === config);
  });
}

/** The running daemon with the configuration of this service; undefined when none answers. */
export async function daemonOf({
  made: { config },
  account,
  control,
}: Pick<Service, 'made' | 'account' | 'control'>): Promise<{ pid: number | undefined } | undefined> {
  const paths = [...controlPathsOf({ config }).paths, ...(control === undefined ? [] : [control])];
  try {
    const client = await openControl(paths, { uid: account.uid, timeoutMs: ANSWER_MS });
    const timer = setTimeout(() => client.close(), ANSWER_MS);
    try {
      const { result } = await client.ask('holder', { serves: false });
      return { pid: (result as { pid?: number } | undefined)?.pid };
    } catch {
      // It is stopped or busy, but it runs.
      return { pid: undefined };
    } finally {
      clearTimeout(timer);
      client.close();
    }
  } catch {
    return undefined;
  }
}

/** The variables by which the service finds its leases. */
function leaseEnv({ env, account: { home } }: Service): Readonly<Record<string, string | undefined>> {
  if (env.MCP_PIPE_STATE || env.XDG_STATE_HOME || home === undefined) return env;
  return { MCP_PIPE_STATE: join(home, '.local/state/mcp-pipe') };
}

function filesIn(folder: string): string[] {
  try {
    return readdirSync(folder);
  } catch {
    return [];
  }
}

/** The text of a file, in UTF-16 as well; undefined when it cannot be read. */
export function readText(file: string): string | undefined {
  try {
    const bytes = readFileSync(file);
    return bytes[0] === 0xff && bytes[1] === 0xfe ? bytes.toString('utf16le') : bytes.toString('utf8');
  } catch {
    return undefined;
  }
}
