import { describe, expect, it } from 'vitest';
import { asModern, checkModern } from '../../../../src/faces/streamable-http/modern.js';
import { ParamHeaders } from '../../../../src/faces/streamable-http/param-headers.js';
import { SupportedVersions } from '../../../../src/faces/streamable-http/supported-versions.js';
import { readEnvelope } from '../../../../src/protocol/envelope.js';

const META =
  '"_meta":{"io.modelcontextprotocol/protocolVersion":"2026-07-28","io.modelcontextprotocol/clientCapabilities":{}}';

/** The fault of a call with these members of its params, whose Mcp-Name is `b`. */
function faultOf(members: string, paramHeaders = new ParamHeaders(), more: Record<string, string> = {}) {
  const frame = Buffer.from(`{"jsonrpc":"2.0","id":1,"method":"tools/call","params":{${members}}}`);
  const headers = {
    ...{ 'mcp-protocol-version': '2026-07-28', 'mcp-method': 'tools/call', 'mcp-name': 'b' },
    ...more,
  };
  const modern = asModern(frame, readEnvelope(frame), headers)!;
  const versions = new SupportedVersions(() => 0);
  return checkModern(modern, 'tools/call', headers, versions, paramHeaders)?.message;
}

describe('a request of MCP 2026-07-28', () => {
  it('is compared with its headers as JSON.parse reads it: of equal members the last one counts', () => {
    expect(faultOf(`${META},"name":"a","name":"b"`)).toBeUndefined();
    expect(faultOf(`${META},"name":"b","name":"a"`)).toContain('Mcp-Name and params.name');
    expect(faultOf(`${META},"name":"b","n\\u0061me":"a"`)).toContain('Mcp-Name and params.name');
    expect(faultOf(`${META},"name":"b","_meta":{}`)).toContain('params lack');
    expect(faultOf(`${META},"name":"b","_meta":7`)).toContain('params lack _meta');
    expect(faultOf(`"name":"b"`)).toContain('params lack _meta');
  });

  it('is read no further than that: its arguments are parsed only for a tool that repeats some in headers', () => {
    const args = '"arguments":{"city":"Hà Nội","more":[[],[]]}';
    expect(faultOf(`${META},"name":"b",${args}`)).toBeUndefined();
    const paramHeaders = new ParamHeaders();
    const schema = { type: 'object', properties: { city: { type: 'string', 'x-mcp-header': 'City' } } };
    const tools = { tools: [{ name: 'b', inputSchema: schema }] };
    paramHeaders.learn(Buffer.from(JSON.stringify({ jsonrpc: '2.0', id: 1, result: tools })));
    expect(faultOf(`${META},"name":"b","arguments":{"city":"Huế"}`, paramHeaders)).toContain('there is no');
    const header = { 'mcp-param-city': `=?base64?${Buffer.from('Huế').toString('base64')}?=` };
    expect(faultOf(`${META},"name":"b","arguments":{"city":"Huế"}`, paramHeaders, header)).toBeUndefined();
    expect(faultOf(`${META},"name":"b","arguments":{"city":"Vinh"}`, paramHeaders, header)).toContain(
      'differ',
    );
  });
});
