/** `C:\\node\\NPX.cmd` is `npx`. */
export function programName(command: string): string {
  const last = command.split(/[\\/]/).at(-1) ?? command;
  return last.replace(/\.(exe|cmd|bat)$/i, '').toLowerCase();
}
