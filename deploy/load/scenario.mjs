/**
 * What one user does: a session of MCP over Streamable HTTP. deploy/load/k6.js does the same with k6; test/deploy/load.test.ts compares them.
 */
import { Agent as HttpAgent, request as requestHttp } from 'node:http';
import { Agent as HttpsAgent, request as requestHttps } from 'node:https';

export const PROTOCOL_VERSION = '2025-11-25';
/** An answer that takes longer is none. */
const ANSWER_MS = 30_000;
/** Of a body, what is looked at for what the answer says. */
const HEAD_BYTES = 4096;

/**
 * @typedef {object} Target
 * @property {URL} url of an MCP endpoint over Streamable HTTP
 * @property {string | undefined} key sent as `Authorization: Bearer`
 * @property {string | undefined} tool that is called; undefined: none is
 * @property {object} args of the call
 * @property {boolean} isInsecure a certificate is not checked
 *
 * @typedef {'initialize' | 'initialized' | 'tools/list' | 'tools/call' | 'end'} Step
 *
 * @typedef {object} Answer
 * @property {Step} step
 * @property {number | string} status of HTTP, or the code of an error of the connection
 * @property {boolean} isGood the status that MCP asks for, and a result where one is asked for
 * @property {number} ms until the whole answer was there
 */

// D275
/** A user with connections of its own, as each application has. */
export class User {
  #target;
  #agent;
  #nextId = 1;
  /** @type {Record<string, string>} */
  #session = {};

  /** @param {Target} target */
  constructor(target) {
    this.#target = target;
    const isHttps = target.url.protocol === 'https:';
    const Agent = isHttps ? HttpsAgent : HttpAgent;
    this.#agent = new Agent({
      keepAlive: true,
      ...(isHttps ? { rejectUnauthorized: !target.isInsecure } : {}),
    });
  }

  /**
   * One session from its beginning to its end. What follows a failed initialize is left out.
   *
   * @returns {AsyncGenerator<Answer>}
   */
  async *session() {
    this.#session = {};
    const clientInfo = { name: 'mcp-pipe-load', version: '1' };
    const params = { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo };
    const opened = await this.#ask('initialize', 'initialize', params);
    yield opened;
    if (!opened.isGood) return;
    yield await this.#send('initialized', 'POST', { method: 'notifications/initialized' }, [200, 202]);
    yield await this.#ask('tools/list', 'tools/list', {});
    const { tool, args } = this.#target;
    if (tool !== undefined)
      yield await this.#ask('tools/call', 'tools/call', { name: tool, arguments: args });
    if (this.#session['mcp-session-id']) yield await this.#send('end', 'DELETE', undefined, [200, 204]);
  }

  /** Its connections are closed. */
  close() {
    this.#agent.destroy();
  }

  /**
   * @param {Step} step
   * @param {string} method
   * @param {object} params
   */
  #ask(step, method, params) {
    const message = { id: this.#nextId++, method, params };
    return this.#send(step, 'POST', message, [200]);
  }

  /**
   * @param {Step} step
   * @param {string} verb
   * @param {{ id?: number, method: string, params?: object } | undefined} message
   * @param {readonly number[]} wanted
   * @returns {Promise<Answer>} never rejects
   */
  #send(step, verb, message, wanted) {
    const { url, key } = this.#target;
    const body = message === undefined ? '' : JSON.stringify({ jsonrpc: '2.0', ...message });
    const headers = {
      accept: 'application/json, text/event-stream',
      'content-type': 'application/json',
      'content-length': Buffer.byteLength(body),
      ...(key === undefined ? {} : { authorization: `Bearer ${key}` }),
      ...this.#session,
    };
    const from = performance.now();
    return new Promise((resolve) => {
      /** @param {number | string} status @param {boolean} isGood */
      const end = (status, isGood) => resolve({ step, status, isGood, ms: performance.now() - from });
      const ask = url.protocol === 'https:' ? requestHttps : requestHttp;
      const asked = ask(
        url,
        { method: verb, headers, agent: this.#agent, timeout: ANSWER_MS },
        (response) => {
          const { statusCode: status = 0, headers: got } = response;
          if (step === 'initialize' && typeof got['mcp-session-id'] === 'string')
            this.#session = { 'mcp-session-id': got['mcp-session-id'] };
          if (step === 'initialize') this.#session['mcp-protocol-version'] = PROTOCOL_VERSION;
          let head = '';
          response.on('data', (/** @type {Buffer} */ chunk) => {
            if (head.length < HEAD_BYTES) head += chunk.toString('utf8');
          });
          response.on('error', (error) => end(codeOf(error), false));
          response.on('end', () => end(status, wanted.includes(status) && (!message?.id || hasResult(head))));
        },
      );
      asked.on('timeout', () => asked.destroy(Object.assign(new Error('no answer'), { code: 'no answer' })));
      asked.on('error', (error) => end(codeOf(error), false));
      asked.end(body);
    });
  }
}

/**
 * Whether the beginning of a body, JSON or an event stream, is a result and no error of JSON-RPC.
 *
 * @param {string} head
 */
function hasResult(head) {
  return /"result"\s*:/.test(head) && !/"isError"\s*:\s*true/.test(head);
}

/** @param {Error & { code?: string }} error */
function codeOf(error) {
  return error.code ?? 'failed';
}
