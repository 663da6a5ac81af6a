import { LoadEndpoint } from './load-endpoint.js';
import { bigMessages, oneLink } from './rows.js';
const endpoint = await LoadEndpoint.start();
const bench = { endpoint, child: ['/tmp/benchchild'], configPath: '/tmp/bench-config.json', quick: process.argv[2] === 'quick' };
const subject = (kind: string) => ({ name: kind, command: (config: string) => [process.execPath, '/tmp/subject.mjs', kind, config] });
for (let round = 0; round < 3; round++) {
  const a = { ...(await oneLink(bench, subject('pipe'))), ...(await bigMessages(bench, subject('pipe'))) };
  const b = { ...(await oneLink(bench, subject('mux'))), ...(await bigMessages(bench, subject('mux'))) };
  for (const k of Object.keys(a)) console.log(k.padEnd(50), a[k]!.toFixed(1).padStart(10), b[k]!.toFixed(1).padStart(10), (b[k]! / a[k]!).toFixed(2));
}
await endpoint.close();
process.exit(0);
