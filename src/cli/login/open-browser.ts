import { spawn } from 'node:child_process';
import { isInContainer } from '../../config/in-container.js';

type Env = Readonly<Record<string, string | undefined>>;

/** Whether a browser can be opened on the desktop of the person at this terminal. */
export function hasDesktop(env: Env, platform: NodeJS.Platform = process.platform): boolean {
  if (isInContainer(env) || env.SSH_CONNECTION || env.SSH_TTY) return false;
  if (platform === 'darwin' || platform === 'win32') return true;
  return Boolean(env.DISPLAY || env.WAYLAND_DISPLAY);
}

/** Opens a link, which begins with http:// or https://. Resolves with whether a program has taken it. */
export function openBrowser(link: string, platform: NodeJS.Platform = process.platform): Promise<boolean> {
  const [program, ...args] = commandFor(platform);
  return new Promise((resolve) => {
    const child = spawn(program!, [...args, link], { detached: true, stdio: 'ignore' });
    child.once('error', () => resolve(false));
    child.once('spawn', () => {
      child.unref();
      resolve(true);
    });
  });
}

/** None of them is a shell: an address holds `&`. */
function commandFor(platform: NodeJS.Platform): readonly string[] {
  if (platform === 'darwin') return ['open'];
  if (platform === 'win32') return ['rundll32', 'url.dll,FileProtocolHandler'];
  return ['xdg-open'];
}
