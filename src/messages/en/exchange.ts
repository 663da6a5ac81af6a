import type { EventOf } from '../parts.js';
import { count, time } from './numbers.js';

const KINDS = { tool: 'tool', prompt: 'prompt', resource: 'resource', template: 'resource template' };

/** Warnings about what servers list, answer and request. */
export const exchange = {
  listFailed: ({ of, method, why, code, message, waitedMs }: Omit<EventOf<'list-failed'>, 'type'>) => {
    const words = `${message === undefined ? '' : `: "${message}"`}${code === undefined ? '' : ` (${code})`}`;
    const what = {
      error: `answers ${method} with an error${words}`,
      'no-list': `answers ${method} with something that holds no list`,
      unanswered: `has not answered ${method} within ${time(waitedMs ?? 0)}`,
      ended: `ended when it was asked for ${method}`,
    }[why];
    return `${of} ${what}: the endpoint does not see what it offers there. Look at it with mcp-pipe tools ${of}; a newer version of the server may help, otherwise tell its author. It is asked again with the next list.`;
  },
  listRecovered: ({ method }: { method: string }) => `The server answers ${method} again.`,
  listFaults: ({ kind, faults }: Pick<EventOf<'list-faults'>, 'kind' | 'faults'>) => {
    if (faults.length === 0) return `Nothing is wrong with its list any more (${KINDS[kind]}s).`;
    const each = faults.map(
      ({ name, at, isLeftOut }) => `"${name}" (${at.join(', ')}; ${isLeftOut ? 'left out' : 'repaired'})`,
    );
    return `Not as MCP wants it, and strict clients would refuse the whole list for it: ${KINDS[kind]} ${each.join(', ')}. Tell the author of the server.`;
  },
  renamed: ({ kind, names }: Pick<EventOf<'renamed'>, 'kind' | 'names'>) =>
    `Endpoints take only A-Z a-z 0-9 _ - in names; they see ${kind === 'tool' ? 'these tools' : 'these prompts'} as: ${names.map(({ from, to }) => `${from} -> ${to}`).join(', ')}. ("toolNames": "keep" leaves names as they are.)`,
  argumentsUnchecked: ({ tool, why }: Pick<EventOf<'arguments-unchecked'>, 'tool' | 'why'>) =>
    `Arguments for ${tool} are passed on unchecked: ${
      {
        'no-schema':
          'its "inputSchema" is missing or too long, or no JSON Schema of a known draft. Tell the author of the server',
        'too-slow': 'checking them against its "inputSchema" takes too long. Tell the author of the server',
        'too-long': 'those of a call were too long',
      }[why]
    }.`,
  namesUnfit: ({ is, names }: Pick<EventOf<'names-unfit'>, 'is' | 'names'>) =>
    is === 'unknown'
      ? `The server has no tools of these names, for which "rename" or "describe" gives another name or text: ${names.join(', ')}. mcp-pipe tools shows the names that it has.`
      : `"rename" gives these names to other tools, so the server's own tools of these names are hidden: ${names.join(', ')}. To have both, write other names.`,
  unmatched: ({ why, id, asked, isCarried }: Omit<EventOf<'reply-unmatched'>, 'type'>) => {
    const what = {
      'id-type': `with the id ${id}, but the request that runs has the id ${asked}: it has to come back as it was sent`,
      duplicate: `with the id ${id}, whose request was answered already`,
      null: `with the id ${id}, as if the request could not be read`,
      unasked: `with the id ${id}, under which nothing was asked`,
    }[why];
    return `The server sent an answer ${what}. ${isCarried ? 'The endpoint gets it as it is.' : 'It was left out.'} Tell the author of the server.`;
  },
  questionsRefused: ({ bound }: { bound: number }) =>
    `The server has more than ${count(bound, 'request')} to the endpoint that are not answered: further ones are rejected with an error until there is room. If it stays like this, tell the author of the server.`,
};
