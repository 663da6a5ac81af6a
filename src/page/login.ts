import { type Answer, post } from './ask.js';
import { keepChoice } from './kept.js';
import { redraw } from './state.js';

/** What comes with a key: its fingerprint where one is asked for. */
type Login = { canWrite: boolean; key?: string };

let wake = () => {};

/** What connects anew once a key was taken or forgotten. */
export function onLogin(then: () => void): void {
  wake = then;
}

/** Exchanges the key for a cookie, which no script can read. Only its fingerprint is kept. */
export async function login(key: string): Promise<Answer<Login>> {
  const answer = await post<Login>('/ui/login', { key });
  if ('result' in answer) {
    keepChoice('key', answer.result.key);
    wake();
  }
  return answer;
}

/** Forgets the key on this device. */
export async function logout(): Promise<void> {
  const answer = await post('/ui/logout', {});
  if ('error' in answer) return;
  keepChoice('key', undefined);
  redraw();
  wake();
}

const KEY = /^#key=(.+)$/;

export function hasKeyInAddress(): boolean {
  return KEY.test(location.hash);
}

/** The key in the address, as the printed link has it; it is taken out of the address at once. */
export function keyInAddress(): string | undefined {
  const key = KEY.exec(location.hash)?.[1];
  if (key === undefined) return undefined;
  history.replaceState(null, '', `${location.pathname}#/`);
  try {
    return decodeURIComponent(key);
  } catch {
    return key;
  }
}
