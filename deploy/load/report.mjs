/**
 * @typedef {import('./scenario.mjs').Answer} Answer
 *
 * @typedef {object} Row
 * @property {string} step
 * @property {number} requests
 * @property {number} failed
 * @property {Record<string, number>} statuses how often each came
 * @property {number} p50 milliseconds, as the following
 * @property {number} p95
 * @property {number} p99
 * @property {number} max
 *
 * @typedef {object} Threshold
 * @property {string} name
 * @property {boolean} holds
 */

/** @type {readonly Answer['step'][]} */
const STEPS = ['initialize', 'initialized', 'tools/list', 'tools/call', 'end'];

/** Every answer of a run. 50 users for 30 s are some 10,000. */
export class Report {
  /** @type {Answer[]} */
  #answers = [];

  /** @param {Answer} answer */
  add(answer) {
    this.#answers.push(answer);
  }

  /** @returns {Row[]} one for each step, and one for all */
  rows() {
    const of = STEPS.map((step) =>
      rowOf(
        step,
        this.#answers.filter((answer) => answer.step === step),
      ),
    );
    return [...of, rowOf('all', this.#answers)].filter(({ requests }) => requests > 0);
  }

  /**
   * @param {number} mostP95Ms
   * @returns {Threshold[]}
   */
  thresholds(mostP95Ms) {
    const all = rowOf('all', this.#answers);
    return [
      { name: 'every request is answered as it should be', holds: all.requests > 0 && all.failed === 0 },
      { name: `p95 of all requests < ${mostP95Ms} ms`, holds: all.p95 < mostP95Ms },
    ];
  }
}

/**
 * @param {string} step
 * @param {readonly Answer[]} answers
 * @returns {Row}
 */
function rowOf(step, answers) {
  const times = answers.map(({ ms }) => ms).sort((a, b) => a - b);
  /** @type {Record<string, number>} */
  const statuses = {};
  for (const { status } of answers) statuses[status] = (statuses[status] ?? 0) + 1;
  // The nearest rank: a time that one request really took.
  const at = (/** @type {number} */ part) =>
    rounded(times[Math.max(0, Math.ceil(times.length * part) - 1)] ?? Number.NaN);
  return {
    ...{ step, requests: answers.length, failed: answers.filter(({ isGood }) => !isGood).length, statuses },
    ...{ p50: at(0.5), p95: at(0.95), p99: at(0.99), max: at(1) },
  };
}

/** @param {number} ms */
const rounded = (ms) => Math.round(ms * 10) / 10;

/**
 * For a terminal, and as Markdown: the same text is both.
 *
 * @param {readonly Row[]} rows
 */
export function tableOf(rows) {
  const header = ['request', 'number', 'answers', 'failed', 'p50 ms', 'p95 ms', 'p99 ms', 'longest ms'];
  const lines = rows.map(({ step, requests, failed, statuses, p50, p95, p99, max }) => [
    step,
    requests.toLocaleString('en'),
    Object.entries(statuses)
      .map(([status, count]) => `${status}: ${count.toLocaleString('en')}`)
      .join(', '),
    ...[failed, p50, p95, p99, max].map((number) => number.toLocaleString('en')),
  ]);
  const widths = header.map((_, i) => Math.max(...[header, ...lines].map((line) => line[i]?.length ?? 0)));
  const isLeft = (/** @type {number} */ i) => i === 0 || i === 2;
  const format = (/** @type {readonly string[]} */ line) =>
    `| ${line.map((text, i) => (isLeft(i) ? text.padEnd(widths[i] ?? 0) : text.padStart(widths[i] ?? 0))).join(' | ')} |`;
  const rule = `|${widths.map((width, i) => (isLeft(i) ? '-'.repeat(width + 2) : `${'-'.repeat(width + 1)}:`)).join('|')}|`;
  return [format(header), rule, ...lines.map(format)].join('\n');
}
