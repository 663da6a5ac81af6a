import type { IncomingMessage } from 'node:http';
import type { Plan } from '../../config/plan.js';
import type { Caller } from '../../faces/accept.js';
import { header } from '../../protocol/http-headers.js';
import type { Passed } from '../http/authentication.js';

/** Who asks, with what its request gives to servers of its own. */
export function callerOf(
  { headers }: IncomingMessage,
  { identity, by }: Passed,
  address: string,
  plan: Plan,
): Caller {
  const given = headersWanted(plan).flatMap((name) => {
    const value = header(headers, name);
    return value === undefined ? [] : [[name, value]];
  });
  return {
    ...(identity === undefined ? {} : { key: identity.key, by }),
    ...(identity?.grant === undefined ? {} : { grant: identity.grant }),
    ...(identity?.login === undefined ? {} : { login: identity.login }),
    ...(identity?.until === undefined ? {} : { until: identity.until }),
    ...(given.length === 0 ? {} : { headers: Object.fromEntries(given) }),
    address,
  };
}

const wantedBy = new WeakMap<Plan, readonly string[]>();

/** The headers of callers that go to servers of their own: found once for each plan. */
function headersWanted(plan: Plan): readonly string[] {
  const known = wantedBy.get(plan);
  if (known) return known;
  const names = new Set(plan.servers.flatMap(({ options: { callerEnv } }) => Object.values(callerEnv)));
  wantedBy.set(plan, [...names]);
  return [...names];
}
