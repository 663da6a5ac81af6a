import type * as en from '../en/commands.js';

export const commands: typeof en.commands = {
  note: ({ text }) => `Lưu ý: ${text}`,
  next: ({ text }) => `Tiếp theo: ${text}`,
  yes: 'Có',
  no: 'Không',
};
