/** Words of what waits for a person. */
export const held = {
  head: 'Waits for you',
  /** Said aloud, and shown for a moment. */
  news: 'A call waits for your approval',
  call: ({ tool, server }: { tool: string; server: string }) => `${tool} of ${server}`,
  from: ({ caller, time }: { caller: string; time: string }) => `called by ${caller} at ${time}`,
  left: 'Time left',
  arguments: 'Arguments, as the server would get them',
  noArguments: 'no arguments',
  approve: 'Approve this call',
  ahead: 'Approve for 1 hour',
  decline: 'Decline',
  reason: 'Reason for the caller (optional)',
  changed: 'its definition has changed',
  added: 'the tool is new',
  isHeld: 'held: neither listed nor called',
  isUsed: 'used as it is now',
  approveChange: 'Approve this definition',
  more: ({ lines }: { lines: string }) => `… ${lines} lines`,
  tooLong: 'The definition is too long to be shown.',
  removed: 'before',
  now: 'now',
  gone: 'It was decided already, or its time is over.',
  readOnly: ({ calls, changes }: { calls: string; changes: string }) =>
    `${calls} calls wait for a person, and ${changes} tools have changed. This key may read, not act.`,
  until: ({ what, caller, time }: { what: string; caller: string; time: string }) =>
    `${what}, by ${caller}: approved until ${time}`,
  end: 'End this',
};
