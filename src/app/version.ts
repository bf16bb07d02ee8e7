/** This package's version, as workers report it. A test keeps it equal to package.json's. */
export const VERSION = '0.1.0'
