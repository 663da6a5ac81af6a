/** What a token says about itself; it is not verified. */
export interface JwtClaims {
  agent: string | undefined;
  user: string | undefined;
  expiresAtMs: number | undefined;
}

/** Characters of a complete signature in base64url (RFC 7518 §3): a shorter one was cut off while copying. */
const SIGNATURE_LENGTH: Readonly<Record<string, number>> = { ES256: 86, HS256: 43, EdDSA: 86 };

/** The claims of a JWT (RFC 7519 §4); `damaged` when they cannot be read; undefined when the token is no JWT. */
export function jwtClaimsOf(token: string): JwtClaims | 'damaged' | undefined {
  if (!token.startsWith('eyJ')) return undefined;
  const parts = token.split('.');
  if (parts.length !== 3 || parts.some((part) => !/^[\w-]+={0,2}$/.test(part))) return 'damaged';
  const [header, payload] = [decode(parts[0]!), decode(parts[1]!)];
  if (header === undefined || payload === undefined) return 'damaged';
  const whole = SIGNATURE_LENGTH[String(header.alg)];
  if (whole !== undefined && parts[2]!.replace(/=+$/, '').length !== whole) return 'damaged';
  const { agentId, endpointId, userId, exp } = payload;
  return {
    agent: textOf(agentId ?? endpointId),
    user: textOf(userId),
    expiresAtMs: typeof exp === 'number' && exp > 0 && exp < 8.64e12 ? exp * 1_000 : undefined,
  };
}

function decode(part: string): Record<string, unknown> | undefined {
  try {
    const value: unknown = JSON.parse(Buffer.from(part, 'base64url').toString('utf8'));
    return typeof value === 'object' && value !== null ? (value as Record<string, unknown>) : undefined;
  } catch {
    return undefined;
  }
}

function textOf(value: unknown): string | undefined {
  return typeof value === 'string' || typeof value === 'number' ? String(value) : undefined;
}
