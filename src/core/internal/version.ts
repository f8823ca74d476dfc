/** The version of this package, which a test holds against `package.json`. @internal */
export const version = "0.1.0"
