import { inspect } from 'node:util';

/**
 * `JSON.stringify`, `util.inspect` and `console.log` show `shown()` instead of the object. Its members stay as they
 * are. A copy made by spreading shows everything again.
 */
export function shownAs<Value extends object>(value: Value, shown: () => unknown): Value {
  for (const key of ['toJSON', inspect.custom]) Object.defineProperty(value, key, { value: shown });
  return value;
}

/**
 * Variables are shown by their names alone. Variables live for as long as mcp-pipe runs, and a closure keeps all that the closures around it
 * use: made where a configuration is read, it would keep the configuration.
 */
export function namesAlone<Variables extends Readonly<Record<string, string | undefined>>>(
  variables: Variables,
): Variables {
  return shownAs(variables, () => Object.keys(variables).sort());
}
