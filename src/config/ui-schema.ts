import * as z from 'zod';
import { text, wants, yesOrNo } from './shapes.js';
import { UI } from './ui-defaults.js';

const badPort = wants('listen-address');
const address = z.union([z.number(badPort).int(badPort).min(0, badPort).max(65_535, badPort), text], badPort);

/** The section `ui`; `true` is one with the defaults. */
export const ui = z.strictObject(
  {
    address: address
      .optional()
      .describe(
        `Where the page is served: "127.0.0.1:${UI.port}", a port, or an address; port 0 is any free one. "0.0.0.0:${UI.port}" is every network: a key is always asked for then. Default: the address of "gateway"; without one 127.0.0.1:${UI.port}, this machine alone.`,
      ),
    key: text
      .optional()
      .describe(
        'The key that opens the page. It is a secret. Default: the variable MCP_PIPE_UI_KEY, if it is set; else none is asked for on this machine alone, and for other machines one is made and kept in the state folder.',
      )
      .meta({ examples: ['$' + '{MCP_PIPE_UI_KEY}'] }),
    readKey: text
      .optional()
      .describe(
        'A key that opens the page without its actions: its holder sees everything and changes nothing. It is a secret. Default: the variable MCP_PIPE_UI_READ_KEY.',
      )
      .meta({ examples: ['$' + '{MCP_PIPE_UI_READ_KEY}'] }),
    allowedHosts: z
      .union([text, z.array(text, wants('texts'))], wants('texts'))
      .optional()
      .describe(
        'Names under which browsers may address it, beside its own: "pipe.example.com", for instance behind a proxy; "*" is every name. A key is always asked for then.',
      ),
  },
  wants('ui'),
);

/** The section `metrics`; `true` is one with the defaults. */
export const metrics = z.strictObject(
  {
    address: address
      .optional()
      .describe(
        `Where /metrics is served, written as "address" of "ui". Default: the address of "ui", else of "gateway", else 127.0.0.1:${UI.port}.`,
      ),
    key: text
      .optional()
      .describe(
        'A key that is asked for as "Authorization: Bearer …". It is a secret. Default: the variable MCP_PIPE_METRICS_KEY, if it is set; where the page or the gateway asks for keys, theirs open it as well.',
      )
      .meta({ examples: ['$' + '{MCP_PIPE_METRICS_KEY}'] }),
    insecureNoAuth: yesOrNo
      .optional()
      .describe(
        'true: other machines may read the metrics without a key. Without it, metrics on an address that they reach, and without a key, are refused. Default: false.',
      ),
  },
  wants('metrics'),
);
