import * as z from 'zod';
import { AUDIT } from './audit-defaults.js';
import { size, text, wants } from './shapes.js';

const badKeep = wants('number', { least: 1, most: AUDIT.mostKept });

/** The section `audit`; `true` is one with the defaults. */
export const audit = z.strictObject(
  {
    file: text
      .optional()
      .describe(
        'Where the lines go; a relative path counts from the folder of this file. Default: audit.jsonl in the state folder of this configuration.',
      )
      .meta({ examples: ['/var/log/mcp-pipe/audit.jsonl'] }),
    arguments: z
      .boolean(wants('true-or-false'))
      .optional()
      .describe(
        'true: the arguments of each call as well, with secrets replaced and long ones cut. Default: false.',
      ),
    keep: z
      .number(badKeep)
      .int(badKeep)
      .min(1, badKeep)
      .max(AUDIT.mostKept, badKeep)
      .optional()
      .describe(`How many older files are kept. Default: ${AUDIT.keep}.`),
    size: size(AUDIT.leastSizeBytes, AUDIT.mostSizeBytes)
      .optional()
      .describe('How long a file may get before the next one begins: bytes, or a text. Default: "10MB".')
      .meta({ examples: ['50MB'] }),
  },
  wants('audit'),
);
