/**
 * Makes text safe for a terminal. Text of a model or a user may contain characters that a terminal executes or hides:
 * control codes, line separators, direction changes, and characters without width.
 *
 * @internal
 */
const unprintable =
  // oxlint-disable-next-line no-control-regex -- these characters are removed
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+|[\u{e0000}-\u{e0fff}]+/gu

/** Text on one line, with such characters replaced by spaces. @internal */
export const printable = (text: string): string => text.replace(unprintable, " ")
