import fc from 'fast-check';

// JSON as text in all the spellings that RFC 8259 allows: escapes, white space, numbers, repeated keys.

const gap = fc.constantFrom('', '', '', ' ', '\n', '\t\r\n ');

/** Spells some characters of a JSON string token as \uXXXX; `mask` says which. */
function escaped(token: string, mask: number): string {
  const inner = JSON.parse(token) as string;
  let text = '';
  for (let i = 0; i < inner.length; i++) {
    const unit = inner.charCodeAt(i).toString(16).padStart(4, '0');
    text +=
      (mask >> (i % 31)) & 1
        ? `\\u${i % 2 ? unit : unit.toUpperCase()}`
        : JSON.stringify(inner[i]).slice(1, -1);
  }
  return `"${text}"`;
}

const plainString = fc.oneof(
  fc.string({ unit: 'grapheme' }),
  fc.string({ unit: 'binary', maxLength: 100 }),
  fc.string({ minLength: 60, maxLength: 200 }),
);

export const spelledString = fc.oneof(
  plainString.map((value) => JSON.stringify(value)),
  fc.tuple(plainString, fc.nat(2 ** 31 - 1)).map(([value, mask]) => escaped(JSON.stringify(value), mask)),
  fc.constantFrom(
    '""',
    '"\\/"',
    '"\\\\"',
    '"\\""',
    '"2.0"',
    '"0"',
    '"null"',
    '"}"',
    '"\\ud800"',
    '"\\b\\f\\n\\r\\t"',
  ),
);

const spelledNumber = fc.oneof(
  fc.integer().map(String),
  fc.double({ noNaN: true, noDefaultInfinity: true }).map((value) => JSON.stringify(value)),
  fc.bigInt({ min: -(2n ** 70n), max: 2n ** 70n }).map(String),
  fc.constantFrom('0', '-0', '1', '1.0', '1e2', '1E+2', '100', '-1.50e-3', '9007199254740993', '0.0'),
);

/** An id as JSON text: a string, a number or null. */
export const spelledId = fc.oneof(spelledNumber, spelledString, fc.constant('null'));

export function isNumber(token: string): boolean {
  return /^[-\d]/.test(token);
}

const key = fc.oneof(
  { weight: 3, arbitrary: fc.constantFrom('id', 'method', 'jsonrpc', 'result', 'error', 'params') },
  { weight: 1, arbitrary: fc.oneof(fc.string(), fc.constantFrom('__proto__', 'Id', 'i d', 'x'.repeat(80))) },
);
const spelledKey = fc.tuple(key, fc.oneof(fc.constant(0), fc.nat(2 ** 31 - 1))).map(([name, mask]) =>
  // Mostly plain, now and then with escapes.
  mask === 0 ? JSON.stringify(name) : escaped(JSON.stringify(name), mask),
);

const { value, object } = fc.letrec<{ value: string; object: string; array: string }>((tie) => ({
  value: fc.oneof(
    { depthSize: 'small' },
    spelledId,
    fc.constantFrom('true', 'false', 'null', '"2.0"', '{}', '[]'),
    tie('array'),
    tie('object'),
  ),
  array: fc
    .tuple(fc.array(fc.tuple(gap, tie('value'), gap), { maxLength: 4 }), gap)
    .map(([items, inside]) => `[${items.length ? items.map((item) => item.join('')).join(',') : inside}]`),
  object: fc
    .tuple(fc.array(fc.tuple(gap, spelledKey, gap, gap, tie('value'), gap), { maxLength: 6 }), gap)
    .map(([members, inside]) => {
      const texts = members.map(([a, name, b, c, held, d]) => `${a}${name}${b}:${c}${held}${d}`);
      return `{${members.length ? texts.join(',') : inside}}`;
    }),
}));

/** A JSON-RPC message that is likely whole: members in any order, some missing, some twice. */
export const message = fc
  .tuple(
    fc.subarray(['"jsonrpc":"2.0"', '"method":"tools/call"', '"result":{}', '"error":{"code":1}']),
    fc.option(spelledId.map((id) => `"id": ${id}`)),
    fc.array(fc.tuple(spelledKey, value), { maxLength: 2 }),
    fc.nat(),
  )
  .map(([known, id, more, turn]) => {
    const members = [
      ...known,
      ...(id === null ? [] : [id]),
      ...more.map(([name, held]) => `${name}:${held}`),
    ];
    const from = members.length === 0 ? 0 : turn % members.length;
    return `{${[...members.slice(from), ...members.slice(0, from)].join(' ,')}}`;
  });

/** Any valid JSON text, messages and batches of them among it. */
export const anyJson = fc
  .tuple(
    gap,
    fc.oneof(
      message,
      object,
      value,
      fc.array(message, { maxLength: 4 }).map((items) => `[${items.join(',\n')}]`),
    ),
    gap,
  )
  .map((parts) => parts.join(''));
