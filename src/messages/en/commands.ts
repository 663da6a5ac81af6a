/** Texts of several commands. */
export const commands = {
  note: ({ text }: { text: string }) => `Note: ${text}`,
  next: ({ text }: { text: string }) => `Next: ${text}`,
  yes: 'Yes',
  no: 'No',
};
