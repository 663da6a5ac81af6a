import { ControlRefusal, type ControlRequest } from '../faces/control/server.js';
import { type LogRing, matches, type RecordFilter } from '../observe/log-ring.js';
import { type NamedParts, namedIn, namesIn } from './without-paused.js';

/** Answers `logs`: the records so far. @throws ControlRefusal for an unknown name */
export function readLog(log: LogRing, plan: NamedParts, { params }: ControlRequest): object {
  return recordsOf(log, filterOf(params, plan, log));
}

/**
 * Answers `logs/follow`: the records so far; those that follow are sent as notifications, none twice and none before the
 * answer. @throws ControlRefusal for an unknown name
 */
export function followLog(log: LogRing, plan: NamedParts, asked: ControlRequest): object {
  const { params, signal, tell, stay } = asked;
  const filter = filterOf(params, plan, log);
  const early: object[] = [];
  let send = (record: object) => {
    early.push(record);
  };
  const end = log.follow((record) => {
    if (matches(record, filter)) send(record);
  });
  signal.addEventListener('abort', end, { once: true });
  stay();
  setImmediate(() => {
    send = (record) => tell('log', { record });
    for (const record of early) send(record);
  });
  return recordsOf(log, filter);
}

function recordsOf(log: LogRing, filter: RecordFilter): object {
  return { records: log.read(filter), dropped: log.dropped };
}

/** The records of an agent are those of its links. */
function filterOf(
  { name, ...filter }: Record<string, unknown>,
  plan: NamedParts,
  log: LogRing,
): RecordFilter {
  if (name === undefined) return filter;
  const wanted = String(name);
  const { isServer, servers, links } = namedIn(plan, wanted);
  const found = isServer ? servers : links;
  if (found.length > 0) return { ...filter, names: found };
  // One that was removed since may still have records.
  if (log.read({ names: [wanted], limit: 1 }).length > 0) {
    return { ...filter, names: [wanted] };
  }
  const names = namesIn(plan);
  throw new ControlRefusal(-32602, `"name" has to be one of ${names.join(', ')}.`, { names });
}
