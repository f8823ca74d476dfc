/**
 * Text for a terminal. What a model or a user wrote may hold what a terminal obeys, and
 * what nobody sees: control codes, separators of lines, what turns the direction of
 * writing, and characters without width.
 *
 * @internal
 */
const unprintable =
  // oxlint-disable-next-line no-control-regex -- these are what is to be removed
  /[\u0000-\u001f\u007f-\u009f\u00ad\u061c\u180e\u200b-\u200f\u2028-\u202e\u2060-\u206f\ufeff\ufff9-\ufffb]+|[\u{e0000}-\u{e0fff}]+/gu

/** Text on one line without them. @internal */
export const printable = (text: string): string => text.replace(unprintable, " ")
