import { inspect } from 'node:util';

/**
 * Gives an object another look where it is printed or serialised: `JSON.stringify`, `util.inspect` and `console.log` show
 * `shown()`. Its members stay as they are; a copy made by spreading shows everything again.
 */
export function shownAs<Value extends object>(value: Value, shown: () => unknown): Value {
  for (const key of ['toJSON', inspect.custom]) Object.defineProperty(value, key, { value: shown });
  return value;
}
