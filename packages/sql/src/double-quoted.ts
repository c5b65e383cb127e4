/** An identifier as the standard quotes it. */
export const doubleQuoted = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;
