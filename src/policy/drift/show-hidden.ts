/**
 * What cannot be seen, or makes other text look otherwise: control characters, marks of the direction of writing, spaces without
 * width or with another one, joiners and variation selectors, letters that are blank, private and unassigned ones, and halves of
 * pairs. A changed definition would hide in them what a person is not to read (Unicode TR 36, "Unicode Security Considerations").
 */
const HIDDEN =
  /[\p{Default_Ignorable_Code_Point}\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u00a0\u1680\u2000-\u200a\u202f\u205f\u2800\u3000]/gu;

/** The text with each hidden character spelled `\u{200b}`: nothing in it moves a cursor, turns a line round or cannot be seen. */
export function showHidden(text: string): string {
  return text.replace(HIDDEN, (found) => `\\u{${found.codePointAt(0)!.toString(16)}}`);
}
