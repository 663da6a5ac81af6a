// 50 users for 30 s, each with sessions of MCP over Streamable HTTP: initialize, tools/list, tools/call, end.
//
//   MCP_URL=https://mcp.example.com/servers/calculator/mcp MCP_KEY=… k6 run deploy/load/k6.js
//   -e MCP_TOOL=calculate -e MCP_ARGS='{"expression":"6 * 7"}'    a tool is called as well, when it is named
//
// `npm run load` does the same without k6; deploy/load/README.md compares them.
import { check, sleep } from 'k6';
import http from 'k6/http';

const PROTOCOL_VERSION = '2025-11-25';
const URL = __ENV.MCP_URL || 'http://127.0.0.1:8080/mcp';
const TOOL = __ENV.MCP_TOOL;
const ARGS = JSON.parse(__ENV.MCP_ARGS || '{}');

export const options = {
  vus: 50,
  duration: '30s',
  thresholds: {
    // A status that MCP does not ask for, an error of JSON-RPC, no answer: none of them.
    checks: ['rate==1'],
    http_req_failed: ['rate==0'],
    http_req_duration: ['p(95)<500'],
  },
};

const HEADERS = {
  'Content-Type': 'application/json',
  Accept: 'application/json, text/event-stream',
  ...(__ENV.MCP_KEY ? { Authorization: `Bearer ${__ENV.MCP_KEY}` } : {}),
};

/** One session. What follows a failed initialize is left out. */
export default function () {
  const clientInfo = { name: 'mcp-pipe-load', version: '1' };
  const params = { protocolVersion: PROTOCOL_VERSION, capabilities: {}, clientInfo };
  const opened = post('initialize', HEADERS, { id: 1, method: 'initialize', params });
  if (!isResult('initialize', opened)) return sleep(1);

  // k6 writes the first letter of each part of a header's name large.
  const session = opened.headers['Mcp-Session-Id'];
  /** @type {Record<string, string>} */
  const headers = { ...HEADERS, 'Mcp-Protocol-Version': PROTOCOL_VERSION };
  if (session) headers['Mcp-Session-Id'] = session;
  const told = post('initialized', headers, { method: 'notifications/initialized' });
  check(told, { 'initialized: 202': ({ status }) => status === 202 || status === 200 });
  isResult('tools/list', post('tools/list', headers, { id: 2, method: 'tools/list', params: {} }));
  if (TOOL) {
    const call = { id: 3, method: 'tools/call', params: { name: TOOL, arguments: ARGS } };
    isResult('tools/call', post('tools/call', headers, call));
  }
  if (session) {
    const ended = http.del(URL, null, { headers, tags: { name: 'end' } });
    check(ended, { 'end: 200 or 204': ({ status }) => status === 200 || status === 204 });
  }
  sleep(1);
}

/**
 * @param {string} name of the step, by which k6 groups
 * @param {Record<string, string>} headers
 * @param {object} message of JSON-RPC
 */
function post(name, headers, message) {
  return http.post(URL, JSON.stringify({ jsonrpc: '2.0', ...message }), { headers, tags: { name } });
}

/**
 * @param {string} name
 * @param {import('k6/http').Response} response a body of JSON, or an event stream
 */
function isResult(name, response) {
  return check(response, {
    [`${name}: 200`]: ({ status }) => status === 200,
    [`${name}: a result`]: ({ body }) =>
      /"result"\s*:/.test(String(body)) && !/"isError"\s*:\s*true/.test(String(body)),
  });
}
