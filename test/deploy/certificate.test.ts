import { execFileSync } from 'node:child_process';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, it } from 'vitest';
import { eventually } from '../helpers/eventually.js';
import { childrenOf } from './programs.js';
import { inService, type ScriptsWorld } from './scripts-world.js';

const openssl = (...args: string[]) => execFileSync('openssl', args, { stdio: ['ignore', 'pipe', 'pipe'] });

/** Makes a certificate that an authority of its own has signed, good for so many days from now; below 0: it has ended. */
function makeCertificate(folder: string, days: number, name = 'fullchain.pem') {
  const at = (file: string) => join(folder, file);
  const key = ['-newkey', 'ec', '-pkeyopt', 'ec_paramgen_curve:P-256', '-nodes'];
  if (!existsSync(at('ca.pem')))
    openssl(
      'req',
      '-x509',
      ...key,
      '-days',
      '900',
      '-subj',
      '/CN=authority',
      '-keyout',
      at('ca.key'),
      '-out',
      at('ca.pem'),
    );
  openssl(
    'req',
    '-new',
    ...key,
    '-subj',
    '/CN=localhost',
    '-keyout',
    at('privkey.pem'),
    '-out',
    at('asked.pem'),
  );
  // Half an hour more, so that whole days are left for a while.
  const end = new Date(Date.now() + days * 86_400_000 + 1_800_000);
  const stamp = (date: Date) => `${date.toISOString().replace(/[-:T]/g, '').slice(0, 14)}Z`;
  const ca = at('ca');
  writeFileSync(at('index'), '');
  writeFileSync(
    at('ca.cnf'),
    `[ca]\ndefault_ca=x\n[x]\ndatabase=${at('index')}\nnew_certs_dir=${folder}\nrand_serial=yes\ndefault_md=sha256\npolicy=p\n[p]\ncommonName=supplied\n`,
  );
  const dates = ['-startdate', stamp(new Date(Date.now() - 400 * 86_400_000)), '-enddate', stamp(end)];
  const files = [
    '-config',
    at('ca.cnf'),
    '-cert',
    `${ca}.pem`,
    '-keyfile',
    `${ca}.key`,
    '-in',
    at('asked.pem'),
  ];
  openssl('ca', '-batch', '-notext', ...files, ...dates, '-out', at(name));
}

async function world(): Promise<ScriptsWorld & { tls: string; metrics: string; asked: () => boolean }> {
  const one = await inService({});
  const tls = join(one.compose, 'secrets/tls');
  await mkdir(tls, { recursive: true });
  const file = join(one.folder, 'world/world.json');
  const written = JSON.parse(readFileSync(file, 'utf8'));
  // It renews when there is something to renew with.
  const renew = `echo asked >>${one.folder}/asked; [ ! -e ${tls}/next.pem ] || cp ${tls}/next.pem ${tls}/fullchain.pem; [ ! -e ${tls}/fails ]`;
  written.services.certbot = { program: ['sh', '-c', renew], env: {}, config: {} };
  writeFileSync(file, JSON.stringify(written));
  const metrics = join(one.folder, 'metrics');
  writeFileSync(
    join(one.compose, '.env.production'),
    `${readFileSync(join(one.compose, '.env.production'), 'utf8')}METRICS_FOLDER=${metrics}\n`,
  );
  return Object.assign(one, { tls, metrics, asked: () => existsSync(join(one.folder, 'asked')) });
}

describe('health-check.sh', () => {
  it('says how long the certificate is good, warns under 21 days, and fails under 7 and when it has ended', async () => {
    const one = await world();
    const check = (env = {}) => one.run('health-check.sh', ['production'], env);
    expect((await check()).stdout).not.toContain('certificate');
    makeCertificate(one.tls, 60);
    const valid = await check();
    expect(valid).toMatchObject({ code: 0, stderr: '' });
    expect(valid.stdout).toMatch(/^certificate +60 days left$/m);
    makeCertificate(one.tls, 20);
    const ending = await check();
    expect(ending).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('renew-certificate.sh production'),
    });
    expect(ending.stdout).toMatch(/^certificate +20 days left$/m);
    makeCertificate(one.tls, 6);
    expect(await check()).toMatchObject({
      code: 1,
      stderr: expect.stringContaining('not well: certificate'),
    });
    makeCertificate(one.tls, -2);
    const ended = await check({ LANG: 'vi_VN.UTF-8' });
    expect(ended).toMatchObject({ code: 1, stderr: expect.stringContaining('không ổn: certificate') });
    expect(ended.stdout).toMatch(/^certificate +đã hết hạn$/m);
    // The version of before would have the same certificate: that is no reason to put a deploy back.
    expect(await check({ MCP_PIPE_LOCK_HELD: one.state })).toMatchObject({ code: 0 });
    writeFileSync(join(one.tls, 'fullchain.pem'), 'no certificate');
    expect(await check()).toMatchObject({ code: 0, stderr: expect.stringContaining('cannot be read') });
  });
});

describe('renew-certificate.sh', () => {
  it('has certbot renew, nginx read what is new, and Prometheus know when it ends', async () => {
    const one = await world();
    const renew = (...args: string[]) => one.run('renew-certificate.sh', ['production', ...args]);
    expect(await renew()).toMatchObject({
      code: 2,
      stderr: expect.stringContaining('fullchain.pem is missing'),
    });
    makeCertificate(one.tls, 25);
    const workers = () => childrenOf(Number(readFileSync(join(one.folder, 'world/nginx/pid'), 'utf8')));
    const before = workers();
    const shown = await renew('--dry-run');
    expect(shown).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('--profile acme run --rm -T certbot'),
    });
    expect(one.asked()).toBe(false);
    expect(existsSync(one.metrics)).toBe(false);

    expect(await renew()).toMatchObject({ code: 0, stderr: expect.stringContaining('25 more days') });
    expect(one.asked()).toBe(true);
    expect(workers()).toEqual(before);
    makeCertificate(one.tls, 89, 'next.pem');
    expect(await renew()).toMatchObject({ code: 0, stderr: expect.stringContaining('89 more days') });
    await eventually(() => workers().every((pid) => !before.includes(pid)), { what: 'new workers of nginx' });
    const text = readFileSync(join(one.metrics, 'certificate.prom'), 'utf8');
    const [, seconds] = /^deploy_certificate_expires_timestamp_seconds (\d+)$/m.exec(text)!;
    expect((Number(seconds) * 1_000 - Date.now()) / 86_400_000).toBeCloseTo(89, 0);

    writeFileSync(join(one.tls, 'fails'), '');
    expect(await renew()).toMatchObject({ code: 1, stderr: expect.stringContaining('Is port 80 open') });

    // It is not asked about one of your own, which is watched all the same.
    const env = { CERTIFICATE: 'own' };
    expect(await one.run('renew-certificate.sh', ['production'], env)).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('89 more days'),
    });
    // An authority's own certificate is signed by itself.
    writeFileSync(join(one.tls, 'fullchain.pem'), readFileSync(join(one.tls, 'ca.pem')));
    expect(await one.run('renew-certificate.sh', ['production'])).toMatchObject({
      code: 0,
      stderr: expect.stringContaining('signed by itself'),
    });
    expect(readFileSync(join(one.folder, 'asked'), 'utf8')).toBe('asked\n'.repeat(3));
  });
});
