/** The version in `package.json`, here so that `--version` need not read a file; a test compares the two. */
export const VERSION = '0.1.0';
