import * as z from 'zod';
import { grantShape } from './grant-schema.js';
import { TOKEN_ALGORITHMS } from './issuer-plan.js';
import { JWT } from './jwt-defaults.js';
import { duration, text, wants } from './shapes.js';

const texts = z.union([text, z.array(text, wants('texts'))], wants('texts'));

/** One issuer of access tokens. */
export const issuerShape = z.strictObject(
  {
    issuer: text.describe(
      'The issuer, exactly as its tokens have it in "iss", with or without a slash at the end: "https://login.example.com/realms/home".',
    ),
    audience: texts
      .optional()
      .describe(
        'What tokens for this gateway have in "aud": the address that clients use, or a name that the issuer knows the gateway by. A token for the address of one server is good only there. Default: "publicUrl" and every address below it.',
      ),
    jwks: text
      .optional()
      .describe(
        "Where the issuer's public keys are: an address of https, or a file. Default: as the metadata of the issuer says.",
      ),
    algorithms: texts
      .optional()
      .describe(
        `The signatures that are accepted: ${TOKEN_ALGORITHMS.join(', ')}. Default: ${JWT.algorithms.join(', ')}.`,
      ),
    clockTolerance: duration(0)
      .optional()
      .describe(`By how much the clocks may differ: "30s". Default: ${JWT.clockToleranceMs}.`),
    scopes: texts
      .optional()
      .describe('Scopes that every token needs; clients are told to ask for them. Default: none.'),
    grants: z
      .record(z.string(), grantShape, wants('jwt-grants'))
      .optional()
      .describe(
        'What tokens may do, by a scope or claim: "scope:NAME", "sub:NAME", "client:ID", "claim:NAME=VALUE", or "*" for all. The first one that fits counts; a token that none fits may do nothing. Default: every token may do everything.',
      )
      .meta({
        examples: [
          {
            'scope:mcp.write': {},
            'scope:mcp.read': { readOnly: true },
            'sub:alice': { servers: ['memory'] },
          },
        ],
      }),
  },
  wants('jwt'),
);
export type WrittenIssuer = z.infer<typeof issuerShape>;

/** Issuers of access tokens: one, or a list. */
export const jwtShape = z.union([issuerShape, z.array(issuerShape, wants('jwt'))], wants('jwt'));
