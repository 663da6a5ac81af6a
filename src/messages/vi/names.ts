/** Names in a sentence. */
export const list = (names: readonly string[], none: string) => names.join(', ') || none;
/** The question whether one of the nearest names was meant; without any, another sentence. */
export const meantOr = (meant: readonly string[], otherwise: string) =>
  meant.length > 0 ? `Ý bạn là ${meant.join(' hay ')}?` : otherwise;
