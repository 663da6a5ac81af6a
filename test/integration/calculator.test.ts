import { type ChildProcess, spawn } from 'node:child_process';
import { once } from 'node:events';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { Client } from '@modelcontextprotocol/sdk/client/index.js';
import { StdioClientTransport } from '@modelcontextprotocol/sdk/client/stdio.js';
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';

const SCRIPT = fileURLToPath(new URL('../../examples/calculator.js', import.meta.url));

/** The running example, spoken to with raw lines. */
class Calculator {
  readonly child: ChildProcess = spawn(process.execPath, [SCRIPT], { stdio: ['pipe', 'pipe', 'inherit'] });
  readonly exited = once(this.child, 'exit');
  readonly #lines = createInterface({ input: this.child.stdout! })[Symbol.asyncIterator]();

  write(text: string | Buffer): void {
    this.child.stdin!.write(text);
  }

  async read(): Promise<Record<string, unknown>> {
    const { value } = await this.#lines.next();
    return JSON.parse(value as string);
  }

  /** One request, one answer: its `result`. */
  async ask(method: string, params?: unknown): Promise<Record<string, unknown>> {
    this.write(`${JSON.stringify({ jsonrpc: '2.0', id: 1, method, params })}\n`);
    return (await this.read()).result as Record<string, unknown>;
  }

  async calculate(expression: unknown): Promise<{ text: string; isError: boolean }> {
    const result = await this.ask('tools/call', { name: 'calculate', arguments: { expression } });
    const [content] = result.content as [{ type: string; text: string }];
    return { text: content.text, isError: result.isError === true };
  }
}

let calculator: Calculator;
beforeAll(() => {
  calculator = new Calculator();
});
afterAll(async () => {
  calculator.child.stdin!.end();
  await calculator.exited;
});

describe('protocol', () => {
  test.each(['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'])(
    'initialize echoes %s',
    async (version) => {
      expect(await calculator.ask('initialize', { protocolVersion: version })).toMatchObject({
        protocolVersion: version,
        capabilities: { tools: {} },
        serverInfo: { name: 'calculator' },
      });
    },
  );

  test('initialize offers its newest version to a client that asks for an unknown one', async () => {
    expect(await calculator.ask('initialize', { protocolVersion: '1999-01-01' })).toMatchObject({
      protocolVersion: '2025-11-25',
    });
  });

  test('ping is answered, an unknown method is refused, and a broken line does no harm', async () => {
    calculator.write(
      '{"jsonrpc":"2.0","id":"p","method":"ping"}\n{"jsonrpc":"2.0","id":0,"method":"prompts/list"}\n{oops\n\n',
    );
    expect(await calculator.read()).toEqual({ jsonrpc: '2.0', id: 'p', result: {} });
    expect(await calculator.read()).toMatchObject({ id: 0, error: { code: -32601 } });
    expect(await calculator.read()).toMatchObject({ id: null, error: { code: -32700 } });
    expect(await calculator.ask('ping')).toEqual({});
  });

  test('notifications and replies get no answer', async () => {
    calculator.write(
      '{"jsonrpc":"2.0","method":"notifications/initialized"}\n{"jsonrpc":"2.0","id":7,"result":{}}\n',
    );
    expect(await calculator.ask('ping')).toEqual({});
  });

  test('a batch is answered with one array, without its notifications', async () => {
    calculator.write(
      '[{"jsonrpc":"2.0","id":1,"method":"ping"},{"jsonrpc":"2.0","method":"x"},{"jsonrpc":"2.0","id":2,"method":"x"}]\n',
    );
    expect(await calculator.read()).toMatchObject([
      { id: 1, result: {} },
      { id: 2, error: { code: -32601 } },
    ]);
  });

  test('an unknown tool is a JSON-RPC error', async () => {
    calculator.write('{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{"name":"toString"}}\n');
    expect(await calculator.read()).toMatchObject({ id: 1, error: { code: -32602 } });
  });

  test('a character that arrives in two chunks stays whole', async () => {
    const line = Buffer.from('{"jsonrpc":"2.0","id":"é","method":"ping"}\n');
    const middle = line.indexOf(0xc3) + 1;
    // The answered ping proves that what was written together with it has been read.
    calculator.write(
      Buffer.concat([Buffer.from('{"jsonrpc":"2.0","id":0,"method":"ping"}\n'), line.subarray(0, middle)]),
    );
    await calculator.read();
    calculator.write(line.subarray(middle));
    expect(await calculator.read()).toMatchObject({ id: 'é' });
  });
});

describe('calculate', () => {
  test.each([
    ['2 + 3 * 4', '14'],
    ['(2 + 3) * 4', '20'],
    ['-2 ** 2', '-4'],
    ['2 ** 3 ** 2', '512'],
    ['2 ** -1', '0.5'],
    ['--3', '3'],
    ['7 % 4', '3'],
    ['10 - 4 - 3', '3'],
    ['1.5e3 + .5', '1500.5'],
    ['max(1, min(5, 3), 2)', '3'],
    ['sqrt(16) + abs(-2)', '6'],
    ['round(2.5) + floor(2.9) + ceil(2.1)', '8'],
    ['cos(pi) + log(e)', '0'],
  ])('%s is %s', async (expression, text) => {
    expect(await calculator.calculate(expression)).toEqual({ text, isError: false });
  });

  test.each([
    ['1 / 0', 'division by zero, at character 3'],
    ['5 % (1 - 1)', 'division by zero, at character 3'],
    ['0 ** -1', 'division by zero, at character 3'],
    ['2 +', 'expected a number, found the end, at character 4'],
    ['', 'expected a number, found the end, at character 1'],
    ['(1 + 2', 'expected ")", found the end, at character 7'],
    ['2 $ 3', 'expected an operator, found "$", at character 3'],
    ['sin pi', 'expected "(" after sin, found "pi", at character 5'],
    ['1 + cbrt(8)', 'unknown name "cbrt"'],
    ['constructor', 'unknown name "constructor"'],
    ['sqrt(1, 2)', 'sqrt takes one value, got 2, at character 1'],
    ['sqrt(-1)', 'no real result here, at character 1'],
    ['9 ** 999', 'infinite or too large, at character 3'],
    [`${'('.repeat(60)}1${')'.repeat(60)}`, 'nested deeper than 50 levels, at character 51'],
    ['-'.repeat(900), 'nested deeper than 50 levels'],
    ['1+'.repeat(501), '1002 characters, at most 1000'],
    [42, '`expression` must be a string'],
    [undefined, '`expression` must be a string'],
  ])('%j says "%s"', async (expression, words) => {
    const { text, isError } = await calculator.calculate(expression);
    expect(isError).toBe(true);
    expect(text).toContain(words);
  });

  test('every generated expression has the value that JavaScript computes from its tree', async () => {
    let defined = 0;
    await fc.assert(
      fc.asyncProperty(tree, async (node) => {
        const { text, isError } = await calculator.calculate(node.text);
        expect(isError, `${node.text} -> ${text}`).toBe(Number.isNaN(node.value));
        if (isError) return;
        defined += 1;
        expect(text, node.text).toBe(String(node.value));
      }),
      { seed: 20_241_105, numRuns: 500 },
    );
    expect(defined).toBeGreaterThan(200);
  });

  test('whatever it is asked, it answers', async () => {
    const pieces = [
      '1',
      '.',
      'e',
      'pi',
      '(',
      ')',
      '+',
      '-',
      '*',
      '**',
      '/',
      '%',
      ',',
      'min',
      'sin',
      ' ',
      '½',
      '\n',
      '"',
    ];
    const anyText = fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.array(fc.constantFrom(...pieces), { maxLength: 30 }).map((parts) => parts.join('')),
    );
    await fc.assert(
      fc.asyncProperty(anyText, async (expression) => {
        const { text, isError } = await calculator.calculate(expression);
        if (isError) expect(text).toMatch(/^Error: .+ at character \d+ of the expression$/su);
        else expect(Number.isFinite(Number(text))).toBe(true);
      }),
      { seed: 20_250_326, numRuns: 500 },
    );
  });
});

test('it exits with 0 when stdin ends', async () => {
  const another = new Calculator();
  await another.ask('ping');
  another.child.stdin!.end();
  expect(await another.exited).toEqual([0, null]);
});

test('the SDK client lists the tool and calls it', async () => {
  const client = new Client({ name: 'test', version: '1.0.0' });
  await client.connect(new StdioClientTransport({ command: process.execPath, args: [SCRIPT] }));
  try {
    const { tools } = await client.listTools();
    expect(tools.map((tool) => tool.name)).toEqual(['calculate']);
    const result = await client.callTool({ name: 'calculate', arguments: { expression: '6 * 7' } });
    expect(result).toEqual({ content: [{ type: 'text', text: '42' }] });
  } finally {
    await client.close();
  }
});

// ---- Expressions with their values ------------------------------------------------------------------------------

/** `value` is NaN where the calculator must refuse. `binds` tells how tightly the outermost operator holds. */
interface Node {
  text: string;
  value: number;
  binds: 'sum' | 'product' | 'signed' | 'power' | 'operand';
}

const LEVELS = ['sum', 'product', 'signed', 'power', 'operand'] as const;

/** The node's text, in parentheses where its operator binds less than `least`. */
function within(node: Node, least: Node['binds']): string {
  return LEVELS.indexOf(node.binds) < LEVELS.indexOf(least) ? `(${node.text})` : node.text;
}

/** The value if everything it was made from is finite and so is it; NaN otherwise. */
function whole(value: number, ...from: Node[]): number {
  return Number.isFinite(value) && from.every((node) => Number.isFinite(node.value)) ? value : Number.NaN;
}

function binary(left: Node, operator: string, right: Node, gap: string): Node {
  const [a, b] = [left.value, right.value];
  const join = (leftLeast: Node['binds'], rightLeast: Node['binds']) =>
    `${within(left, leftLeast)}${gap}${operator}${gap}${within(right, rightLeast)}`;
  switch (operator) {
    case '+':
    case '-':
      return {
        text: join('sum', 'product'),
        value: whole(operator === '+' ? a + b : a - b, left, right),
        binds: 'sum',
      };
    case '**':
      return { text: join('operand', 'signed'), value: whole(a ** b, left, right), binds: 'power' };
    default: {
      const value = operator === '*' ? a * b : operator === '/' ? a / b : a % b;
      return { text: join('product', 'signed'), value: whole(value, left, right), binds: 'product' };
    }
  }
}

const number: fc.Arbitrary<Node> = fc
  .oneof(
    fc.nat(20),
    fc.double({ min: 0, max: 1e6, noNaN: true }),
    fc.constantFrom('007', '1.', '.25', '2E+3'),
  )
  .map((value) => ({ text: String(value), value: Number(value), binds: 'operand' }));
const constant: fc.Arbitrary<Node> = fc.constantFrom(
  { text: 'pi', value: Math.PI, binds: 'operand' },
  { text: 'e', value: Math.E, binds: 'operand' },
);

const tree = fc
  .letrec<{ node: Node }>((tie) => {
    const node = tie('node');
    const one = fc
      .tuple(
        fc.constantFrom('sqrt', 'abs', 'round', 'floor', 'ceil', 'sin', 'cos', 'tan', 'log', 'exp'),
        node,
      )
      .map(
        ([name, x]): Node => ({
          text: `${name}(${x.text})`,
          value: whole(Math[name](x.value), x),
          binds: 'operand',
        }),
      );
    const many = fc
      .tuple(fc.constantFrom('min', 'max'), fc.array(node, { minLength: 1, maxLength: 4 }))
      .map(([name, xs]): Node => {
        const text = `${name} ( ${xs.map((x) => x.text).join(' ,')} )`;
        return { text, value: whole(Math[name](...xs.map((x) => x.value)), ...xs), binds: 'operand' };
      });
    const two = fc
      .tuple(node, fc.constantFrom('+', '-', '*', '/', '%', '**'), node, fc.constantFrom('', ' ', '\t '))
      .map((parts) => binary(...parts));
    const sign = fc.tuple(fc.constantFrom('-', '+'), node).map(
      ([s, x]): Node => ({
        text: s + within(x, 'signed'),
        value: s === '-' ? -x.value : x.value,
        binds: 'signed',
      }),
    );
    const grouped = node.map((x): Node => ({ text: `( ${x.text})`, value: x.value, binds: 'operand' }));
    return {
      node: fc.oneof(
        { depthSize: 'small', withCrossShrink: true },
        number,
        constant,
        two,
        two,
        one,
        many,
        sign,
        grouped,
      ),
    };
  })
  .node.filter(({ text }) => text.length <= 1000);
