/** An identifier in quotes: names are taken as they are written, capitals included. */
export const quote = (identifier: string): string => `"${identifier.replaceAll('"', '""')}"`;
