import * as z from 'zod';
import { STARTS } from './mode.js';
import { duration, text, wants, yesOrNo } from './shapes.js';

/** When a server is started, of a server and of all. */
export const start = z
  .enum(STARTS, wants('start'))
  .optional()
  .describe(
    'When the server is started: "run" (default) with mcp-pipe; "demand" at the first call, while its tools are listed from what it said last; after "idlePark" without a call it is parked, which is to say stopped until the next one. See docs/demand.md.',
  );

/** Whether packages are locked, of a server and of all. */
export const lock = yesOrNo
  .optional()
  .describe(
    'Whether the package that npx, npm exec, bunx, pnpm dlx, uvx or uv tool run fetches is locked in mcp_lock.json and started directly from then on, without the runner and without the registry. Default: true. See docs/packages.md.',
  );

/** Keys of a server about when and how it is started. */
export const startKeys = {
  start,
  lock,
  idlePark: duration(0)
    .optional()
    .describe(
      'After how long without a call the server is parked, in milliseconds or as a text: "10m", "1h"; 0 for never. Default: settings.idleParkMs; with "start": "demand", where that is 0, 10m.',
    )
    .meta({ examples: ['10m'] }),
  keep: z
    .union([text, z.array(text, wants('keep'))], wants('keep'))
    .optional()
    .describe(
      'With "start": "demand": times at which the server runs without being asked, by the clock of this machine: "07:00-23:00", "22:00-02:00" over midnight, "Mon-Fri 07:00-18:00" (or "T2-T6 7h-18h"), or a list of them. It is started at their beginning, and parked after their end. Default: none.',
    )
    .meta({ examples: ['07:00-23:00', ['Mon-Fri 07:00-18:00', 'Sat,Sun 09:00-22:00']] }),
};
