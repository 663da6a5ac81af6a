import type * as z from 'zod';
import type { KeyForms } from '../kind.js';
import { oauthSchema } from './oauth-schema.js';

/** The keys of remote servers of every kind. */
export const remoteKeys = ({ z, wants, text, listOfTexts, objectOfTexts, yesOrNo }: KeyForms) => ({
  url: text
    .optional()
    .describe('The address of a remote server: http://, https://, ws:// or wss://.')
    .meta({ examples: ['https://example.com/mcp', 'http://homeassistant.local:8123/api/mcp'] }),
  serverUrl: text.optional().describe('The same as url, as Windsurf writes it.'),
  httpUrl: text.optional().describe('The same as url, as Gemini CLI writes it.'),
  baseUrl: text.optional().describe('The same as url, as Cherry Studio writes it.'),
  headers: objectOfTexts
    .optional()
    .describe(
      'HTTP headers for each request to a remote server. A secret belongs in .env, and is written as "Bearer $' +
        '{TOKEN}".',
    ),
  headersCommand: z
    .union(
      [
        text,
        z.strictObject(
          { command: text, args: listOfTexts.optional(), cwd: text.optional() },
          wants('headers-command'),
        ),
      ],
      wants('headers-command'),
    )
    .optional()
    .describe(
      'A command that prints further headers for a remote server, one "Name: value" on a line: a text, or an object of command, args and cwd. It is started without a shell.',
    )
    .meta({ examples: ['op read op://home/mcp/header'] }),
  headersHelper: text.optional().describe('The same as headersCommand, as Claude Code writes it.'),
  proxy: text
    .optional()
    .describe(
      'The HTTP proxy on the way to a remote server: http://host:port; "none": no proxy. Default: HTTPS_PROXY and alike.',
    ),
  ca: text
    .optional()
    .describe('A file in PEM with authorities that a remote server is trusted by, beside the usual ones.'),
  cert: text.optional().describe('A file in PEM with the certificate that mcp-pipe shows a remote server.'),
  key: text.optional().describe('A file in PEM with the private key of cert.'),
  ipv4Only: yesOrNo
    .optional()
    .describe('true: a remote server is reached at IPv4 addresses alone. Default: false.'),
  oauth: oauthSchema(z, wants)
    .optional()
    .describe(
      'How to log in to a remote server by OAuth, where the defaults do not suit it; false: never. See docs/login.md.',
    ),
  insecureHost: text
    .optional()
    .describe(
      'The host of url, when its certificate shall not be checked: for a server in your own network.',
    ),
});

export type RemoteEntry = z.infer<z.ZodObject<ReturnType<typeof remoteKeys>>>;
