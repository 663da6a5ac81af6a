import { LoginStore } from '../../transports/remote/auth/login-store.js';
import { revokeLogin } from '../../transports/remote/auth/revocation.js';
import { httpRequests } from '../../transports/remote/http-requests.js';
import { withoutHeaders } from '../../transports/remote/lazy-login.js';
import { loginFile } from '../../transports/remote/login-file.js';
import type { LoginSubject } from './begin-login.js';
import { loginsFolder } from './logins-folder.js';

/** `none`: there was no login; `revoked`: its tokens are worthless now; `deleted`: they are deleted here, and expire by themselves. */
export type Ended = 'none' | 'revoked' | 'deleted';

/** Deletes a login, and has its tokens revoked where that is offered; a server that cannot be reached does not keep it. */
export async function endLogin({ remote }: LoginSubject): Promise<Ended> {
  const store = new LoginStore(loginFile(loginsFolder(), remote));
  if (!store.exists()) return 'none';
  return store.locked(async () => {
    const login = store.read();
    store.remove();
    if (!login) return 'deleted';
    const requests = httpRequests(withoutHeaders(remote));
    try {
      const isRevoked = await revokeLogin(login, {
        server: new URL(remote.url),
        requests,
        options: remote.oauth || {},
      });
      return isRevoked ? 'revoked' : 'deleted';
    } finally {
      requests.close();
    }
  });
}
