import { inspect } from 'node:util';

/**
 * `JSON.stringify`, `util.inspect` and `console.log` show `shown()` instead of the object. Its members stay as they
 * are. A copy made by spreading shows everything again.
 */
export function shownAs<Value extends object>(value: Value, shown: () => unknown): Value {
  for (const key of ['toJSON', inspect.custom]) Object.defineProperty(value, key, { value: shown });
  return value;
}
