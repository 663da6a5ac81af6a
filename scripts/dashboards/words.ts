/** A text of a dashboard, in both languages. */
export interface Words {
  en: string;
  vi: string;
}
