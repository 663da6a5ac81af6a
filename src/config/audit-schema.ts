import * as z from 'zod';
import { AUDIT } from './audit-defaults.js';

import { type Checked, checkShape } from './shape-check.js';
import { text, wants } from './shapes.js';
import { bytesOf } from './size.js';

const sizes = { least: AUDIT.leastSizeBytes, most: AUDIT.mostSizeBytes };
const badSize = wants('size', sizes);
const isSize = (bytes = Number.NaN) => bytes >= sizes.least && bytes <= sizes.most;
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
    size: z
      .union(
        [
          z.number(badSize).refine((size) => isSize(size), badSize),
          z.string(badSize).refine((size) => isSize(bytesOf(size)), badSize),
        ],
        badSize,
      )
      .optional()
      .describe('How long a file may get before the next one begins: bytes, or a text. Default: "10MB".')
      .meta({ examples: ['50MB'] }),
  },
  wants('audit'),
);

export const checkAudit = (value: unknown): Checked<z.infer<typeof audit>> => checkShape(audit, value);
