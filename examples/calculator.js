#!/usr/bin/env node
// An MCP server in one file, without dependencies: copy it and put your own tools in place of `calculate`.
//
// How it talks (MCP, "stdio" transport): every line on stdin is one JSON-RPC message, every line on stdout one
// answer. Nothing else may be printed on stdout; write what people should read to stderr.
//
// It imports nothing, so that a copy runs in every folder, whatever "type" a package.json there names.

// ---- The tools: a description for the model, a JSON Schema for the arguments, and what to do --------------------

const tools = {
  calculate: {
    description:
      'Calculates an arithmetic expression exactly as written. Knows numbers, + - * / % (remainder) ** (power), ' +
      'parentheses, sqrt abs round floor ceil min max sin cos tan (radians) log (natural) exp, pi and e. ' +
      'Example: "sqrt(16) + 2 * (3 - 1)".',
    inputSchema: {
      type: 'object',
      properties: { expression: { type: 'string', description: 'For example "2 * (3 + 4)"' } },
      required: ['expression'],
    },
    annotations: { readOnlyHint: true, openWorldHint: false },
    run: ({ expression }) => String(calculate(expression)),
  },
};

/** What the caller did wrong, in words that help to do better: the model reads them and tries again. */
class Mistake extends Error {}

/** A mistake in a call is a result with `isError`, not a JSON-RPC error: only then does the model see it. */
function callTool(tool, args) {
  try {
    return { content: [{ type: 'text', text: tool.run(args) }] };
  } catch (error) {
    if (!(error instanceof Mistake)) throw error;
    return { content: [{ type: 'text', text: `Error: ${error.message}` }], isError: true };
  }
}

// ---- The protocol: the same for every server -------------------------------------------------------------------

const VERSIONS = ['2024-11-05', '2025-03-26', '2025-06-18', '2025-11-25'];

/** The answer to one message, or undefined when it asks for none (a notification, or an answer to us). */
function answer(message) {
  if (message === null || typeof message !== 'object') return failure(null, -32600, 'Not a JSON-RPC message');
  const { id, method, params } = message;
  if (id === undefined || method === undefined) return undefined;
  if (method === 'initialize') {
    const asked = params?.protocolVersion;
    const protocolVersion = VERSIONS.includes(asked) ? asked : VERSIONS.at(-1);
    const serverInfo = { name: 'calculator', version: '1.0.0' };
    return success(id, { protocolVersion, capabilities: { tools: {} }, serverInfo });
  }
  if (method === 'ping') return success(id, {});
  if (method === 'tools/list') {
    return success(id, {
      tools: Object.entries(tools).map(([name, { run, ...about }]) => ({ name, ...about })),
    });
  }
  if (method === 'tools/call') {
    if (!Object.hasOwn(tools, params?.name)) return failure(id, -32602, `Unknown tool: ${params?.name}`);
    return success(id, callTool(tools[params.name], params.arguments ?? {}));
  }
  return failure(id, -32601, `Method not found: ${method}`);
}

const success = (id, result) => ({ jsonrpc: '2.0', id, result });
const failure = (id, code, message) => ({ jsonrpc: '2.0', id, error: { code, message } });

function receive(line) {
  if (line.trim() === '') return;
  let message;
  try {
    message = JSON.parse(line);
  } catch {
    return reply(failure(null, -32700, 'Parse error: the line is not JSON'));
  }
  if (!Array.isArray(message)) return reply(answer(message));
  // MCP 2025-03-26 allows several messages in one array.
  const answers = message.map(answer).filter((one) => one !== undefined);
  if (answers.length > 0) reply(answers);
}

function reply(message) {
  if (message !== undefined) process.stdout.write(`${JSON.stringify(message)}\n`);
}

let rest = '';
// A character may be split over two chunks: with an encoding set, its first half is kept for the next one.
process.stdin.setEncoding('utf8');
process.stdin.on('data', (chunk) => {
  const lines = (rest + chunk).split('\n');
  rest = lines.pop();
  for (const line of lines) receive(line);
});
// When stdin ends, nothing is left to wait for and the process leaves by itself. A reader that has gone is no fault.
process.stdout.on('error', () => process.exit());

// ---- The calculation: a recursive-descent parser, one function per line of the grammar, no eval -----------------

const MAX_CHARS = 1000;
const MAX_NESTING = 50;
const { abs, ceil, cos, exp, floor, log, max, min, round, sin, sqrt, tan } = Math;
const FUNCTIONS = { sqrt, abs, round, floor, ceil, min, max, sin, cos, tan, log, exp };
const CONSTANTS = { pi: Math.PI, e: Math.E };
const TOKEN = /(?<number>(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)|(?<name>[A-Za-z_]\w*)|\*\*|\S/gu;

function calculate(expression) {
  if (typeof expression !== 'string') throw new Mistake('`expression` must be a string, for example "2 + 3"');
  if (expression.length > MAX_CHARS) {
    throw new Mistake(`the expression has ${expression.length} characters, at most ${MAX_CHARS} are allowed`);
  }
  const tokens = [...expression.matchAll(TOKEN)].map((match) => ({
    at: match.index,
    text: match[0],
    ...match.groups,
  }));
  tokens.push({ at: expression.length, text: '' });
  let next = 0;
  let nesting = 0;
  const value = sum();
  if (tokens[next].text !== '') expected('an operator');
  return value;

  // sum = product { ("+" | "-") product }
  function sum() {
    let value = product();
    for (let operator = take('+', '-'); operator; operator = take('+', '-')) {
      const right = product();
      value = finite(operator, operator.text === '+' ? value + right : value - right);
    }
    return value;
  }

  // product = signed { ("*" | "/" | "%") signed }
  function product() {
    let value = signed();
    for (let operator = take('*', '/', '%'); operator; operator = take('*', '/', '%')) {
      const right = signed();
      if (operator.text === '*') value *= right;
      else if (right === 0) fail(operator, 'division by zero');
      else value = operator.text === '/' ? value / right : value % right;
      finite(operator, value);
    }
    return value;
  }

  // signed = [ "-" | "+" ] signed | power: the sign binds less than the power, so -2 ** 2 is -4
  function signed() {
    nesting += 1;
    if (nesting > MAX_NESTING) fail(tokens[next], `nested deeper than ${MAX_NESTING} levels`);
    const sign = take('-', '+');
    const value = sign ? signed() : power();
    nesting -= 1;
    return sign?.text === '-' ? -value : value;
  }

  // power = operand [ "**" signed ]: from right to left, so 2 ** 3 ** 2 is 2 ** 9
  function power() {
    const base = operand();
    const operator = take('**');
    if (!operator) return base;
    const exponent = signed();
    if (base === 0 && exponent < 0) fail(operator, 'division by zero');
    return finite(operator, base ** exponent);
  }

  // operand = number | constant | "(" sum ")" | function "(" sum { "," sum } ")"
  function operand() {
    if (take('(')) return closed(sum());
    const token = tokens[next];
    if (token.number === undefined && token.name === undefined) expected('a number');
    next += 1;
    if (token.number) return finite(token, Number(token.number));
    if (Object.hasOwn(CONSTANTS, token.name)) return CONSTANTS[token.name];
    if (!Object.hasOwn(FUNCTIONS, token.name)) {
      const known = Object.keys({ ...FUNCTIONS, ...CONSTANTS }).join(' ');
      fail(token, `unknown name "${token.name}" (known: ${known})`);
    }
    if (!take('(')) expected(`"(" after ${token.name}`);
    const values = [sum()];
    while (take(',')) values.push(sum());
    const takesMany = token.name === 'min' || token.name === 'max';
    if (values.length > 1 && !takesMany) fail(token, `${token.name} takes one value, got ${values.length}`);
    return finite(token, closed(FUNCTIONS[token.name](...values)));
  }

  function closed(value) {
    if (!take(')')) expected('")"');
    return value;
  }

  function take(...texts) {
    return texts.includes(tokens[next].text) ? tokens[next++] : undefined;
  }

  function expected(what) {
    const { text } = tokens[next];
    fail(tokens[next], `expected ${what}, found ${text === '' ? 'the end' : `"${text}"`}`);
  }
}

function finite(token, value) {
  if (Number.isNaN(value)) fail(token, `"${token.text}" has no real result here`);
  if (!Number.isFinite(value)) fail(token, `the result of "${token.text}" is infinite or too large`);
  return value;
}

function fail({ at }, what) {
  throw new Mistake(`${what}, at character ${at + 1} of the expression`);
}
