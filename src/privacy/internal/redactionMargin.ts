/** Half a secret would not be recognized, so the redactor sees this many characters beyond the cut. @internal */
export const redactionMargin = 4096
