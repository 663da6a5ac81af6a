import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

/** The authorization server of the package oidc-provider: its issuer. Access tokens are JWT for the resource that was asked for. */
export async function oidcProvider(lifetimeS: number): Promise<string> {
  const script = join(import.meta.dirname, '../fixtures/oidc-as.mjs');
  const child = spawn(process.execPath, [script, String(lifetimeS)], { stdio: ['ignore', 'pipe', 'ignore'] });
  onTestFinished(() => void child.kill('SIGKILL'));
  const [line] = (await once(child.stdout.setEncoding('utf8'), 'data')) as [string];
  return (JSON.parse(line) as { issuer: string }).issuer;
}

/** Follows the pages of a login with the cookies that they set, to the redirect of the client. */
export async function agree(link: string, redirectUri: string): Promise<URL> {
  const cookies = new Map<string, string>();
  let url = new URL(link);
  while (!url.href.startsWith(redirectUri)) {
    const cookie = [...cookies].map((pair) => pair.join('=')).join('; ');
    const answer = await fetch(url, { redirect: 'manual', headers: { cookie } });
    for (const set of answer.headers.getSetCookie()) {
      const [, name, value] = /^([^=]+)=([^;]*)/.exec(set)!;
      cookies.set(name!, value!);
    }
    const to = answer.headers.get('location');
    if (to === null)
      throw new Error(`HTTP ${answer.status} at ${url.pathname}: ${(await answer.text()).slice(0, 300)}`);
    url = new URL(to, url);
  }
  return url;
}
