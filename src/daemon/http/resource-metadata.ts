import type { IncomingMessage } from 'node:http';
import type { GatewayPlan } from '../../config/gateway-plan.js';
import { routeOf } from '../gateway/routes.js';
import { isSameAudience } from '../jwt/audience.js';
import { pathBelow, publicBaseOf } from './public-url.js';
import { pathIn } from './site.js';

/** Where clients look for the login of an address (RFC 9728 §3.1): what follows is its path. */
const WELL_KNOWN = '/.well-known/oauth-protected-resource';

/** One source of access tokens for clients of the gateway. */
export interface TokenSource {
  /** The authorization server; `base`: where the client has the gateway, for one that is the gateway's own. */
  issuer: (base: string) => string;
  /** Scopes that a client shall ask for. */
  scopes: readonly string[];
  /** Values of `aud` in its tokens; empty: the address that the client uses. */
  audience: readonly string[];
}

/** Tells clients of the gateway where to log in (RFC 9728), as clients of MCP "Authorization" look for it. */
// D243
export class ResourceMetadata {
  readonly #plan: Pick<GatewayPlan, 'publicUrl' | 'paths'>;
  readonly #sources: readonly TokenSource[];

  constructor(plan: Pick<GatewayPlan, 'publicUrl' | 'paths'>, sources: readonly TokenSource[]) {
    this.#plan = plan;
    this.#sources = sources;
  }

  /**
   * The metadata that a request asks for; undefined: it asks for something else, or of an address that there cannot be. It does
   * not depend on which servers there are.
   */
  answer(request: IncomingMessage): object | undefined {
    const { publicUrl } = this.#plan;
    const path = pathIn(request);
    if (this.#sources.length === 0 || (path !== WELL_KNOWN && !path.startsWith(`${WELL_KNOWN}/`)))
      return undefined;
    const base = publicBaseOf(request, this.#plan);
    const asked = path.slice(WELL_KNOWN.length);
    const within =
      publicUrl === undefined ? asked : (pathBelow(publicUrl, new URL(base).origin + asked) ?? asked);
    const inner = within === '/' ? '' : within;
    if (inner !== '' && !this.#isAddress(inner)) return undefined;
    const scopes = [...new Set(this.#sources.flatMap((source) => source.scopes))];
    return {
      resource: this.#resourceOf(base, inner),
      authorization_servers: [...new Set(this.#sources.map(({ issuer }) => issuer(base)))],
      ...(scopes.length === 0 ? {} : { scopes_supported: scopes }),
      bearer_methods_supported: ['header'],
      resource_name: 'mcp-pipe',
    };
  }

  /** What a refusal adds to `WWW-Authenticate` (RFC 9728 §5.1); nothing when there is no login. */
  challenge(request: IncomingMessage): Record<string, string> {
    if (this.#sources.length === 0) return {};
    const base = new URL(publicBaseOf(request, this.#plan));
    const path = pathIn(request);
    const inner = this.#isAddress(path) ? path : '';
    const prefix = base.pathname.replace(/\/$/, '');
    const scope = [...new Set(this.#sources.flatMap(({ scopes }) => scopes))].join(' ');
    return {
      resource_metadata: `${base.origin}${WELL_KNOWN}${prefix}${inner}`,
      ...(scope === '' ? {} : { scope }),
    };
  }

  /** The audience that a token for an address shall have: of those configured the address itself, or the nearest above it. */
  #resourceOf(base: string, path: string): string {
    const address = base + path;
    const all = this.#sources.flatMap(({ audience }) => audience);
    if (all.some((one) => isSameAudience(one, address))) return address;
    const above = all
      .filter((one) => URL.canParse(one) && /^https?:/i.test(one) && pathBelow(one, address) !== undefined)
      .sort((a, b) => b.length - a.length);
    return above[0] ?? address;
  }

  /** Whether clients may speak MCP at a path of this form, written as an address has it. */
  #isAddress(path: string): boolean {
    const route = routeOf(path, this.#plan);
    if (!route || !('speech' in route)) return false;
    return URL.canParse(`http://localhost${path}`) && new URL(`http://localhost${path}`).pathname === path;
  }
}
